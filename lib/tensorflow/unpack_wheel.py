"""Unpacks the few files that are needed from a TensorFlow wheel.

    python3 unpack_wheel.py WHEEL FOLDER LIBRARY...

The shared libraries LIBRARY go to FOLDER, the C API's headers to FOLDER/include. Members are copied
in pieces (one has 788 MB) and synced to disk. Lines of JSON on standard output: {"done": bytes}
as it goes, {"file": name, "bytes": size, "sha256": digest} for each library. zipfile checks every
member's CRC. Exit code 28 where the disk is full, as in errno.
"""

import errno
import hashlib
import json
import os
import sys
import zipfile

HEADERS = (
    "tensorflow/include/tensorflow/c/",
    "tensorflow/include/tensorflow/core/platform/ctstring",
    "tensorflow/include/tsl/platform/ctstring",
    "tensorflow/include/xla/tsl/c/",
)
PIECE = 1 << 20
REPORT_EVERY = 16 << 20


def main(wheel, folder, libraries):
    done = reported = 0
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            inside = member.filename[len("tensorflow/"):]
            is_library = inside in libraries
            if not is_library and not member.filename.startswith(HEADERS):
                continue
            if member.is_dir() or ".." in inside.split("/"):
                continue
            path = os.path.join(folder, inside)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            digest = hashlib.sha256()
            with archive.open(member) as source, open(path, "wb") as target:
                while piece := source.read(PIECE):
                    target.write(piece)
                    if not is_library:
                        continue
                    digest.update(piece)
                    done += len(piece)
                    if done - reported >= REPORT_EVERY:
                        reported = done
                        print(json.dumps({"done": done}), flush=True)
                if is_library:
                    target.flush()
                    os.fsync(target.fileno())
            if is_library:
                print(
                    json.dumps(
                        {"file": inside, "bytes": member.file_size, "sha256": digest.hexdigest()}
                    ),
                    flush=True,
                )


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], set(sys.argv[3:]))
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(errno.ENOSPC if error.errno == errno.ENOSPC else 1)
