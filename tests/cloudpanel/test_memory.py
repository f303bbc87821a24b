"""A worker stays small, however many passwords its threads have hashed."""

import subprocess
import sys

HASHES = """
import django, os, threading
from accounts.passwords import allocator
if not RETURNED: allocator.return_large_blocks = lambda: None
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from pathlib import Path
from argon2.low_level import Type, hash_secret
from accounts.passwords.rules import OwaspArgon2Hasher as cost
def work():
    for _ in range(3):
        hash_secret(b"x" * 20, b"y" * 16, cost.time_cost, cost.memory_cost, cost.parallelism, 32, Type.ID)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmRSS:")[2].split()[0]) // 1024)
"""


def mebibytes(*, returned: bool) -> int:
    script = HASHES.replace("RETURNED", str(returned))
    return int(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)


def test_what_hashes_took_is_returned_to_the_system():
    assert mebibytes(returned=True) < 90
    assert mebibytes(returned=False) > mebibytes(returned=True) + 19
