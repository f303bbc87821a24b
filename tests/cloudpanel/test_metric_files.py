"""The shared files of /metrics have room on the disk before they are mapped; without room they live in memory."""

import errno
import os

import pytest
from prometheus_client.mmap_dict import MmapedDict

from cloudpanel.operation.metric_files import INITIAL_BYTES, AllocatedDict

MANY = [f"key-{number}-" + "x" * 200 for number in range(1000)]


@pytest.fixture
def no_room(monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda: monkeypatch.setattr(os, "posix_fallocate", refuse)


def written(values: AllocatedDict) -> None:
    for number, key in enumerate(MANY):
        values.write_value(key, float(number), 0.0)


def test_o03_every_byte_is_allocated_also_after_growing(tmp_path):
    values = AllocatedDict(str(tmp_path / "counter_1.db"))
    assert (tmp_path / "counter_1.db").stat().st_blocks * 512 >= INITIAL_BYTES
    written(values)
    found = (tmp_path / "counter_1.db").stat()
    assert found.st_blocks * 512 >= found.st_size > INITIAL_BYTES
    read = MmapedDict.read_all_values_from_file(str(tmp_path / "counter_1.db"))
    assert [value for _, value, _, _ in read] == [float(number) for number in range(1000)]


def test_o03_without_room_the_numbers_are_kept_in_memory_and_no_file_is_left(tmp_path, no_room):
    no_room()
    values = AllocatedDict(str(tmp_path / "counter_1.db"))
    written(values)
    assert values.read_value(MANY[-1]) == (999.0, 0.0)
    assert list(tmp_path.iterdir()) == []
    values.close()


def test_o03_a_file_that_may_not_grow_stays_readable(tmp_path, no_room):
    values = AllocatedDict(str(tmp_path / "counter_1.db"))
    no_room()
    written(values)
    assert values.read_value(MANY[0]) == (0.0, 0.0)
    assert values.read_value(MANY[-1]) == (999.0, 0.0)
    assert list(MmapedDict.read_all_values_from_file(str(tmp_path / "counter_1.db")))


def test_o03_a_folder_that_is_not_there_is_no_reason_to_stop(tmp_path):
    values = AllocatedDict(str(tmp_path / "gone" / "counter_1.db"))
    values.write_value("key", 1.0, 0.0)
    assert values.read_value("key") == (1.0, 0.0)
