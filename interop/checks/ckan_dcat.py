"""ckanext-dcat's parser with its profile of DCAT-AP 3, as a harvester of CKAN runs it."""

import sys
import urllib.request

from ckanext.dcat.processors import RDFParser

request = urllib.request.Request(sys.argv[1], headers={"Accept": "text/turtle"})
with urllib.request.urlopen(request) as answer:
    text = answer.read().decode()
parser = RDFParser(profiles=["euro_dcat_ap_3"])
parser.parse(text, "turtle")
datasets = list(parser.datasets())
assert datasets and all(dataset["title"] for dataset in datasets)
resources = [resource for dataset in datasets for resource in dataset["resources"]]
assert resources and all(resource.get("url") or resource.get("download_url") for resource in resources)
with_hash = [resource for resource in resources if resource.get("hash")]
assert with_hash
print(f"{len(datasets)} datasets, {len(resources)} resources, {len(with_hash)} with a checksum")
