"""How long GET /health takes at the most while clients and writes would hold it up, were they let."""
# SPDX-License-Identifier: Apache-2.0

from figures import interleave, limit_row
from support.burden import Burden, megabytes
from support.prober import Prober

STREAMS, READERS, TRANSACTIONS = 3000, 1000, 50
GOAL_MS = 100


def nothing(_):
    pass


# Figure: what is done before, and what meanwhile.
LOADS = {
    f"{STREAMS:,} streams that stop reading": (lambda burden: burden.open_streams(STREAMS),
                                               lambda burden: burden.put_many(20, 40000)),
    f"{READERS:,} readers of 20 MB that stop": (lambda burden: burden.put_many(500, 40000),
                                                lambda burden: burden.read_in_part(READERS)),
    f"{TRANSACTIONS} transactions of 1 MB": (nothing, lambda burden: burden.transact(megabytes(TRANSACTIONS))),
    f"{TRANSACTIONS} transactions about 12 MB": (lambda burden: burden.fill_application(),
                                                 lambda burden: burden.transact_about_application(TRANSACTIONS)),
}


def health_rows(workplace, _):
    """The slowest answer of each round; beside it that of an idle noahd, at the same time."""
    rows = []
    for name, (prepare, load) in LOADS.items():
        pairs = interleave(5, {"slowest": lambda _, prepare=prepare, load=load: slowest_ms(workplace, prepare, load)})
        suffering, idle = zip(*pairs["slowest"])
        rows.append(limit_row(f"slowest GET /health beside {name}", suffering, GOAL_MS, "ms",
                              f"({max(idle):.0f} ms idle noahd)"))
    return rows


def slowest_ms(workplace, prepare, load):
    with workplace.noahd() as noahd, workplace.noahd() as idle:
        burden = Burden(noahd)
        try:
            prepare(burden)
            prober = Prober(noahd.port, idle.port)
            try:
                load(burden)
            finally:
                times = prober.stop()
        finally:
            burden.close()
        return [max(each) * 1e3 for each in times]
