"""Programs that read the databases of lmdb.zip. Both an old and a new Python read this file.

A program is `name(tf)`, as in `programs.py`.
"""

import os
import zipfile

from input_programs import files, folder
from programs import Runs

ARCHIVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lmdb.zip")
PROGRAMS = []


def program(function):
    def inside(tf):
        with folder():
            with zipfile.ZipFile(ARCHIVE) as archive:
                archive.extractall()
            return function(tf)

    inside.__name__ = function.__name__
    PROGRAMS.append(inside)
    return inside


@program
def lmdb_files(tf):
    q, fill, close = files(tf, "few", "none", "folder", "changed")
    reader = tf.LMDBReader(name="entries")
    key, value = reader.read(q)
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    runs = Runs(tf)
    runs(fill, close)
    for _ in range(5 + 12 + 50):
        runs([key, value])
    return runs(counts, [key, value], counts, reader.serialize_state())


@program
def lmdb_many(tf):
    q, fill, close = files(tf, "many", "long")
    keys, values = tf.LMDBReader().read_up_to(q, 400)
    runs = Runs(tf)
    runs(fill, close)
    for _ in range(5):
        # What a file was read up to at its end, may be less.
        runs([keys, values])
    return runs.seen
