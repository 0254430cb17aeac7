"""The parts of the behaviour Transformer: causality, windows, batches, losses, ranks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from assistant.errors import TrainingError
from assistant.recommendation.sequence_fit import FitOptions, Held, last_scores, last_states, measure, rate_at
from assistant.recommendation.sequence_losses import full_cross_entropy, gbce, sampled_softmax
from assistant.recommendation.sequence_network import NetworkOptions, SequenceNetwork
from assistant.recommendation.sequence_reading import HistoryReader
from assistant.recommendation.sequence_windows import cut, newest, steps_of


def network(**options: object) -> SequenceNetwork:
    torch.manual_seed(0)
    made = SequenceNetwork(20, NetworkOptions(**{"width": 16, "heads": 2, "blocks": 2, "length": 8, **options}))  # type: ignore[arg-type]
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return made.eval()


@pytest.mark.parametrize("kind", ["sasrec", "prenorm", "ligr"])
def test_what_comes_later_changes_no_earlier_state(kind: str) -> None:
    made = network(kind=kind, positions="start")
    rows = torch.tensor([[3, 4, 5, 6, 7, 8]], dtype=torch.int32)
    before = made.states(rows, torch.tensor([6]), made.table())
    for place in range(6):
        changed = rows.clone()
        changed[0, place] = 15
        after = made.states(changed, torch.tensor([6]), made.table())
        assert torch.equal(after[0, :place], before[0, :place])
        assert not torch.allclose(after[0, place:], before[0, place:])


@pytest.mark.parametrize("positions", ["start", "end"])
def test_fillings_change_nothing(positions: str) -> None:
    made = network(positions=positions)
    short = made.states(torch.tensor([[3, 4, 5]]), torch.tensor([3]), made.table())
    filled = made.states(torch.tensor([[3, 4, 5, 0, 0], [1, 2, 3, 4, 5]]), torch.tensor([3, 5]), made.table())
    torch.testing.assert_close(filled[0, :3], short[0])


@pytest.mark.parametrize("kind", ["sasrec", "prenorm", "ligr"])
@pytest.mark.parametrize("positions", ["start", "end"])
@pytest.mark.parametrize("scores", ["dot", "cosine"])
@pytest.mark.parametrize("blocks", [1, 2])
def test_one_history_is_read_as_many_are(kind: str, positions: str, scores: str, blocks: int) -> None:
    made = network(kind=kind, positions=positions, scores=scores, blocks=blocks, inner=2)
    table = made.table().detach()
    reader = HistoryReader(made, table[1:].numpy())
    histories = [np.arange(3, 3 + length) % 20 for length in (1, 2, 7, 8, 11)]
    wanted = last_states(made, [rows + 1 for rows in histories], table)
    for rows, state in zip(histories, wanted, strict=True):
        np.testing.assert_allclose(reader.state(rows), state, rtol=2e-4, atol=2e-5)
    assert not reader.state(np.zeros(0, dtype=np.int64)).any()


def test_no_gradient_reaches_the_filling() -> None:
    made = network()
    states, table = made(torch.tensor([[3, 4, 0], [5, 6, 7]]), torch.tensor([2, 3]))
    asked = states.flatten(0, 1)[torch.tensor([0, 1, 3, 4, 5])]
    targets = torch.tensor([[4, 9], [9, 0], [6, 7], [7, 8], [8, 0]])
    shares = torch.tensor([[0.5, 0.5], [1, 0], [0.5, 0.5], [0.5, 0.5], [1, 0]])
    full_cross_entropy(asked, table, targets, shares, smoothing=0.0, dtype=torch.float32).backward()
    assert made.items.weight.grad is not None
    assert not made.items.weight.grad[0].any()
    assert made.items.weight.grad[15].any()


def test_attributes_are_averaged_and_items_without_any_keep_their_own_vector() -> None:
    made = SequenceNetwork(3, NetworkOptions(width=4, attributes=2), [[0, 1], [], [1]])
    extra = made.table() - made.items.weight
    torch.testing.assert_close(extra[1], made.attributes.weight.mean(dim=0))
    torch.testing.assert_close(extra[3], made.attributes.weight[1])
    assert not extra[0].any()
    assert not extra[2].any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 23), min_size=1, max_size=12), st.integers(1, 7), st.integers(1, 30))
def test_every_item_but_the_first_is_asked_for_once_with_what_came_before(
    lengths: list[int], length: int, positions: int
) -> None:
    numbers = iter(range(1, 1000))
    histories = [[next(numbers) for _ in range(n)] for n in lengths]
    wanted = sorted(item for history in histories for item in history[1:])
    if not wanted:
        with pytest.raises(TrainingError, match="two events"):
            cut(histories, length)
        return
    windows = cut(histories, length)
    assert sorted(windows.targets.tolist()) == wanted
    plan = steps_of(windows, positions, seed=1, epoch=0)
    assert sorted(np.concatenate(plan).tolist()) == list(range(len(windows)))
    asked: list[int] = []
    for chosen in plan:
        batch = windows.batch(chosen)
        assert batch.rows.shape[1] <= length
        assert (batch.rows[np.arange(len(chosen)), batch.lengths - 1] > 0).all()
        # Numbers go up by one within a history, so the item before a target is the target less one.
        assert (batch.rows.reshape(-1)[batch.asked] == batch.targets[:, 0] - 1).all()
        asked += batch.targets[:, 0].tolist()
    assert sorted(asked) == wanted


def test_each_epoch_has_another_order_and_each_run_the_same() -> None:
    windows = cut([[1, 2, 3]] * 50, 5)
    first = [step.tolist() for step in steps_of(windows, 10, seed=1, epoch=0)]
    assert first == [step.tolist() for step in steps_of(windows, 10, seed=1, epoch=0)]
    assert first != [step.tolist() for step in steps_of(windows, 10, seed=1, epoch=1)]
    assert first != [step.tolist() for step in steps_of(windows, 10, seed=2, epoch=0)]


def test_steps_are_of_like_size_and_their_windows_of_like_length() -> None:
    rng = np.random.default_rng(0)
    windows = cut([list(range(1, int(n) + 2)) for n in rng.integers(2, 50, size=2000)], 50)
    inputs = [int(windows.lengths[step].sum()) for step in steps_of(windows, 500, seed=0, epoch=0)]
    assert max(inputs) - min(inputs) <= 100
    wasted = [windows.batch(step).rows.size for step in steps_of(windows, 500, seed=0, epoch=0)]
    assert sum(wasted) < 1.2 * sum(inputs)


def test_the_newest_items_are_kept() -> None:
    rows, lengths = newest([[1, 2, 3, 4], [5], []], 3)
    assert rows.tolist() == [[2, 3, 4], [5, 0, 0], [0, 0, 0]]
    assert lengths.tolist() == [3, 1, 0]


def test_steps_are_asked_for_what_their_own_window_still_holds() -> None:
    windows = cut([[1, 2, 3, 4], [5, 6]], 50)
    batch = windows.batch(np.array([0, 1]), ahead=2)
    assert batch.targets.tolist() == [[2, 3], [3, 4], [4, 0], [6, 0]]


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_full_cross_entropy_and_its_gradients_are_those_of_torch(smoothing: float) -> None:
    torch.manual_seed(0)
    # More positions than are scored at once.
    states = torch.randn(600, 8, requires_grad=True)
    table = torch.randn(31, 8, requires_grad=True)
    targets = torch.randint(1, 31, (600, 3))
    targets[::4, 2] = 0
    weights = (targets > 0) * torch.tensor([1.0, 0.5, 0.25])
    weights = weights / weights.sum(dim=1, keepdim=True)
    ours = full_cross_entropy(states, table, targets, weights, smoothing=smoothing, dtype=torch.float32)
    found = torch.autograd.grad(3 * ours, (states, table))
    wished = torch.zeros(600, 31).scatter_add_(1, targets, weights)[:, 1:]
    wanted = F.cross_entropy(states @ table[1:].T, wished, label_smoothing=smoothing)
    torch.testing.assert_close(ours, wanted)
    for one, other in zip(found, torch.autograd.grad(3 * wanted, (states, table)), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("in_batch", [True, False])
def test_sampled_softmax_estimates_the_full_one_whatever_is_popular(in_batch: bool) -> None:
    torch.manual_seed(0)
    states, table = torch.randn(400, 8), torch.randn(201, 8) * 0.7
    share = torch.cat([torch.zeros(1), torch.arange(200, 0, -1.0) ** 2])
    share = share / share.sum()
    targets = torch.multinomial(share, 400, replacement=True)
    found = torch.stack(
        [
            sampled_softmax(
                states, table, targets, torch.randint(1, 201, (150,)), share, torch.ones(400), in_batch=in_batch
            )
            for _ in range(60)
        ]
    ).mean()
    wanted = F.cross_entropy(states @ table[1:].T, targets - 1)
    # The logarithm of an unbiased sum is a little low; without the correction the gap is ten times as wide.
    assert abs(float(found - wanted)) < 0.1


def test_a_drawn_item_that_is_the_target_is_no_negative() -> None:
    states, table = torch.ones(1, 4), torch.ones(3, 4)
    only_itself = sampled_softmax(
        states,
        table,
        torch.tensor([1]),
        torch.tensor([1, 1]),
        torch.tensor([0.0, 0.5, 0.5]),
        torch.ones(1),
        in_batch=True,
    )
    assert float(only_itself) == pytest.approx(0.0, abs=1e-6)
    alone = gbce(states, table, torch.tensor([1]), torch.tensor([1]), torch.ones(1), calibration=0.0)
    assert float(alone) == pytest.approx(float(-F.logsigmoid(torch.tensor(4.0))) / 2)


def test_gbce_without_calibration_is_binary_cross_entropy() -> None:
    torch.manual_seed(0)
    states, table, targets = torch.randn(5, 4), torch.randn(11, 4), torch.tensor([1, 2, 3, 4, 5])
    drawn = torch.tensor([8, 9, 10])
    scores = torch.cat([(states * table[targets]).sum(1, keepdim=True), states @ table[drawn].T], dim=1)
    wished = torch.zeros_like(scores)
    wished[:, 0] = 1.0
    wanted = F.binary_cross_entropy_with_logits(scores, wished)
    torch.testing.assert_close(gbce(states, table, targets, drawn, torch.ones(5), calibration=0.0), wanted)
    assert float(gbce(states, table, targets, drawn, torch.ones(5), calibration=1.0)) < float(wanted)


def test_ranks_leave_the_history_out_and_count_ties_against_the_target() -> None:
    made = network()
    histories = [[1, 2, 3], [4, 5], [6] * 3]
    scores = last_scores(made, histories)
    for wanted_rank in (0, 3, 12):
        targets = []
        for history, row in zip(histories, scores, strict=True):
            row = row.copy()
            row[np.unique(history) - 1] = -np.inf
            targets.append(int(np.argsort(-row)[wanted_rank]) + 1)
        found = measure(made, Held(histories, np.asarray(targets)))
        assert found.recall == float(wanted_rank < 10)
        assert found.ndcg == pytest.approx(1 / np.log2(wanted_rank + 2) if wanted_rank < 10 else 0.0)
    with torch.no_grad():
        made.items.weight[1:] = made.items.weight[1]
    assert measure(made, Held([[1, 2, 3]], np.asarray([9]))).recall == 0.0


def test_the_rate_rises_stays_or_falls() -> None:
    constant = FitOptions(epochs=10, rate=1.0, warmup=1.0)
    assert [rate_at(step, 4, constant) for step in (0, 3, 4, 39)] == [0.25, 1.0, 1.0, 1.0]
    falling = FitOptions(epochs=10, rate=1.0, warmup=1.0, schedule="cosine")
    assert rate_at(4, 4, falling) == 1.0
    assert rate_at(39, 4, falling) == pytest.approx(0.1, abs=0.01)
