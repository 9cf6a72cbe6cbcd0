"""resync's client from the well-known place to the resources, and what changed since."""

import hashlib
import sys
import urllib.request

from resync.capability_list import CapabilityList
from resync.change_list import ChangeList
from resync.resource_list import ResourceList
from resync.source_description import SourceDescription

root = sys.argv[1]
source = SourceDescription()
source.read(f"{root}.well-known/resourcesync")
capabilities = CapabilityList()
capabilities.read(next(iter(source)).uri)
found = {resource.capability: resource.uri for resource in capabilities}
resources = ResourceList()
resources.read(found["resourcelist"])
changes = ChangeList()
changes.read(found["changelist"])
checked = 0
for resource in resources:
    if resource.sha256 and "-links." in resource.uri:
        with urllib.request.urlopen(resource.uri) as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == resource.sha256, resource.uri
        checked += 1
assert len(resources) > 100 and checked
kinds = sorted({change.change for change in changes})
print(
    f"{len(resources)} resources, {checked} digests checked, {len(changes)} changes ({', '.join(kinds) or 'none yet'})"
)
