"""Measurements of the product as it is: latency and throughput on the machine at hand. Changes nothing it measures."""
