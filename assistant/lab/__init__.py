"""The prompt lab's service: edit a version, try it, run it on cases, judge it, and move the label that puts it to use.

Free of pages and of HTTP: whoever shows it calls :class:`Lab`.
"""

from assistant.lab.bench import Bench
from assistant.lab.service import Lab

__all__ = ["Bench", "Lab"]
