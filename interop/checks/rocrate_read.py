"""rocrate reads the crate of a release from the directory that it describes."""

import sys
import warnings

from rocrate.rocrate import ROCrate

warnings.simplefilter("error")  # such as that an entity is no part of the crate
crate = ROCrate(sys.argv[1])
files = [entity for entity in crate.data_entities if entity.type == "File"]
assert files and crate.root_dataset["license"] and crate.name
print(f"{crate.name}: {len(files)} files")
