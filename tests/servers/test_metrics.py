"""/metrics of a server with several workers: the state is that of the moment, not that of an earlier answer."""

import re
import signal
from collections import Counter

from tests.servers.browser import Browser
from tests.servers.machine import WORKERS, wait_for

PEOPLE = "otto:off"
SERVERS = 1
STATE = re.compile(r"^(cloudpanel_(?:ready|mails|logouts)\S*) (\S+)$", re.M)


def scraped(server) -> str:
    answer = Browser(server).get("/metrics")
    assert answer.status == 200
    return answer.text


def test_no_worker_leaves_a_number_of_the_state_behind(servers):
    (server,) = servers
    for _ in range(20):  # so that each worker has answered
        scraped(server)
    before = set(server.workers())
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(server.workers()) == WORKERS and not before & set(server.workers()))

    text = scraped(server)

    state = dict(STATE.findall(text))
    assert state.pop("cloudpanel_ready") == "1.0"
    assert len(state) == 6
    assert not any("pid" in name for name in state)
    announced = Counter(re.findall(r"^# TYPE (\S+)", text, re.M))
    assert max(announced.values()) == 1
