"""signposting finds the links of FAIR Signposting in the header and the link set, and they agree."""

import sys

from signposting import find_signposting_http, find_signposting_linkset

page, thing = sys.argv[1:3]
header = find_signposting_http(page)
assert header.citeAs and str(header.citeAs.target) == thing
assert header.describedBy and header.license and header.linksets and header.types
linkset = next(link.target for link in header.linksets if link.type == "application/linkset+json")
level2 = find_signposting_linkset(linkset).for_context(page)
assert {str(link.target) for link in level2.describedBy} == {str(link.target) for link in header.describedBy}
assert {str(link.target) for link in level2.items} == {str(link.target) for link in header.items}
print(
    f"cite-as, {len(header.describedBy)} describedby, {len(header.items)} item, license, type, linkset (level 2)"
)
