"""rocrate reads the crate of a release from the directory that it describes."""

import sys

from rocrate.rocrate import ROCrate

crate = ROCrate(sys.argv[1])
files = [entity for entity in crate.data_entities if entity.type == "File"]
assert files and crate.root_dataset["license"] and crate.name
print(f"{crate.name}: {len(files)} files")
