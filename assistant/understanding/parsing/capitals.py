"""Capitals that name no maker: places, peoples, feasts, techniques and what is called after them.

Plain data. Knows nothing of the patterns that use it.
"""

from __future__ import annotations

PLACES = frozenset(
    "afghanistan albania algeria america andorra argentina armenia australia austria bahrain bangladesh belgium "
    "bolivia "
    "bosnia brazil britain bulgaria cambodia canada chile china colombia croatia cuba cyprus czechia denmark ecuador "
    "egypt "
    "england estonia ethiopia europe finland france georgia germany ghana greece holland hungary iceland india "
    "indonesia "
    "iran iraq ireland israel italy jamaica japan jordan kenya korea kuwait latvia lebanon lithuania luxembourg "
    "malaysia "
    "malta mexico moldova mongolia morocco nepal netherlands nigeria norway oman pakistan panama paraguay peru "
    "philippines "
    "poland portugal qatar romania russia scotland serbia singapore slovakia slovenia spain sweden switzerland syria "
    "taiwan "
    "thailand tunisia turkey uganda ukraine uruguay usa uk us uae venezuela vietnam wales africa asia scandinavia "
    "amazon "
    "ebay london paris berlin munich vienna zurich geneva madrid barcelona lisbon rome milan florence venice athens "
    "dublin "
    "edinburgh glasgow oslo stockholm copenhagen helsinki amsterdam brussels prague warsaw budapest istanbul dubai "
    "delhi "
    "mumbai tokyo kyoto osaka seoul beijing shanghai bangkok sydney melbourne auckland toronto vancouver montreal "
    "boston "
    "chicago york texas california florida alaska hawaii new south north east west saudi sri hong san los las saint st "
    "bali provence tuscany sicily bavaria normandy cornwall yorkshire kashmir himalaya himalayas alps andes".split()
)
NOT_MAKERS_OF = frozenset(
    "christmas xmas halloween easter thanksgiving hanukkah diwali eid ramadan valentine valentines mother mothers "
    "father "
    "fathers santa god sunday monday tuesday wednesday thursday friday saturday bluetooth velcro teflon lycra spandex "
    "kevlar cordura pvc android windows alexa siri homekit wifi internet english french dutch swiss greek welsh irish "
    "turkish danish swedish finnish polish scottish british spanish jewish flemish thai venetian persian oxford "
    "chelsea "
    "chesterfield panama bermuda nordic aztec celtic gothic baltic arctic roman fair aran cuban breton windsor "
    "phillips "
    "allen torx philips rubik edison tiffany art deco pokemon pok disney marvel star harry hello peppa batman "
    "spiderman "
    "spider superman minecraft frozen barbie snoopy hogwarts tesla iphone ipad macbook imac airpods galaxy pixel "
    "surface "
    "lightning ethernet latin jazz rock covid fairtrade merino egyptian pima supima vinyl alpine tudor edwardian "
    "georgian "
    "victorian moroccan mexican hawaiian hi hello hey please thanks mum mom dad grandma grandpa my the this that wife "
    "husband son daughter looking need want also only just any some good new big small ok okay yes no not".split()
)
