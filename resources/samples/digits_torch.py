#!/usr/bin/env python3
"""Learns to read handwritten digits with PyTorch: a small convolutional network, on the GPU if there is one.

What it shows: a training run as people write them, with a DataLoader whose worker processes prepare the pictures:

  * One line about where it is, a few times per second at most, flushed at once.
  * Asked to stop (SIGTERM or SIGINT), it finishes the step at hand, saves a checkpoint and exits with 0. Asked twice, it exits
    at once with 130.
  * Started again in the same folder, it goes on from the checkpoint, in the middle of an epoch too. On the CPU it ends with
    exactly the weights it would have had; CUDA adds in a different order each time, so there it is as near as rounding.

The worker processes are why the order of stopping matters. They do not survive a SIGTERM, and when they die first, the
DataLoader raises "worker killed by signal" in the main process, before it could save. Trainyard therefore signals the main
process first and what is left of its children afterwards; `kill -TERM -- -PGID` in a terminal does not, and loses the checkpoint.

All options: python3 digits_torch.py --help. Needs PyTorch (pip install torch), nothing else. The data: data/README.md.
"""

import argparse
import csv
import gzip
import hashlib
import math
import os
import pathlib
import pickle
import signal
import sys
import time

try:
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, Dataset, Sampler
except ImportError as error:
    sys.exit(f"digits_torch: cannot import PyTorch ({error}): pip install torch, or run digits.mjs, which needs nothing")

DATA = pathlib.Path(__file__).resolve().parent / "data" / "digits.csv.gz"
FORMAT = "trainyard-sample-torch-1"
SIDE = 8
MAX_INK = 16
EPOCHS_BETWEEN_SAVES = 5
SECONDS_BETWEEN_LINES = 0.25


class Refusal(Exception):
    """An error whose message is all the user needs."""


class Stop:
    """Takes note of the signals that ask for a stop."""

    def __init__(self):
        self.requested = False
        signal.signal(signal.SIGTERM, self.on_signal)
        signal.signal(signal.SIGINT, self.on_signal)

    def on_signal(self, number, _frame):
        if self.requested:
            os._exit(130)
        self.requested = True
        # os.write, because print may be in the middle of a line when the signal comes.
        os.write(1, f"{signal.Signals(number).name} received: finishing this step, then saving (once more: stop at once)\n".encode())

    def sleep_until(self, moment):
        while not self.requested and (left := moment - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))


class Digits(Dataset):
    """The pictures. An index is (epoch, number): the same pair always gives the same picture, whichever worker prepares it."""

    def __init__(self, rows, seed, shift):
        values = torch.tensor(rows, dtype=torch.float32)
        self.images = (values[:, :-1] / MAX_INK).reshape(-1, 1, SIDE, SIDE)
        self.labels = values[:, -1].long()
        self.seed, self.shift = seed, shift

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        epoch, number = index
        image = self.images[number]
        if self.shift:
            # Half of the pictures are moved by one pixel, so that the network does not learn places by heart.
            random = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch * 10_007 + number)
            direction = int(torch.randint(0, 8, (1,), generator=random))
            if direction < 4:
                image = torch.roll(image, shifts=1 if direction % 2 else -1, dims=1 + direction // 2)
        return image, self.labels[number]


class EpochBatches(Sampler):
    """The batches of one epoch, in an order that follows from seed and epoch alone. `skip` leaves out those already learned."""

    def __init__(self, count, batch, seed):
        self.count, self.batch, self.seed = count, batch, seed
        self.epoch = self.skip = 0

    def __iter__(self):
        random = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        order = torch.randperm(self.count, generator=random).tolist()
        for start in range(self.skip * self.batch, self.count, self.batch):
            yield [(self.epoch, number) for number in order[start : start + self.batch]]


def make_network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 4 * 4, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def read_rows():
    with gzip.open(DATA, "rt", encoding="ascii", newline="") as lines:
        return [[int(value) for value in row] for row in csv.reader(lines)]


def save_checkpoint(file, state):
    """Whoever looks finds the old checkpoint or the new one, never a half: a flushed temporary file takes the old one's place."""
    temporary = file.with_name(file.name + ".tmp")
    with open(temporary, "wb") as out:
        torch.save(state, out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(temporary, file)
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def load_checkpoint(file, device):
    try:
        # weights_only: a checkpoint is data, and reading one must not run code.
        state = torch.load(file, map_location=device, weights_only=True)
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError) as error:
        raise Refusal(f"the checkpoint {file} is damaged ({error!r:.60}): delete it, or use --fresh") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise Refusal(f"the checkpoint {file} is of another trainer: give another --out, or --fresh")
    return state


def restore(file, options, network, optimizer, device):
    """Goes on from the checkpoint if there is one; returns step and moving averages (NaN: none yet)."""
    state = None if options.fresh else load_checkpoint(file, device)
    if state is None:
        if options.resume:
            raise Refusal(f"nothing to resume: there is no {file}")
        return 0, math.nan, math.nan
    for option in ("seed", "batch"):
        if state[option] != getattr(options, option):
            advice = f"give --{option} {state[option]}, another --out, or --fresh"
            raise Refusal(f"the checkpoint {file} was made with --{option} {state[option]}: {advice}")
    try:
        network.load_state_dict(state["weights"])
    except RuntimeError as error:
        raise Refusal(f"the checkpoint {file} is of another network: start anew with --fresh") from error
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state["optimizer"]})
    print(f"resumed from {file} at step {state['step']}", flush=True)
    return state["step"], *state["averages"].tolist()


def train(options, stop):
    file = pathlib.Path(options.out) / "digits_torch.checkpoint.pt"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = read_rows()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    where = f"{torch.cuda.get_device_name(device)} (CUDA)" if device.type == "cuda" else "the CPU"
    torch.manual_seed(options.seed)
    training = Digits([row for i, row in enumerate(rows) if i % 5 != 4], options.seed, shift=True)
    testing = Digits([row for i, row in enumerate(rows) if i % 5 == 4], options.seed, shift=False)
    network = make_network().to(device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.lr)
    print(f"{len(training)} digits to learn from, {len(testing)} for testing, on {where}", flush=True)

    step, mean_loss, mean_acc = restore(file, options, network, optimizer, device)
    batches = EpochBatches(len(training), options.batch, options.seed)
    steps_per_epoch = math.ceil(len(training) / options.batch)
    last_step = options.steps or options.epochs * steps_per_epoch
    epochs = math.ceil(last_step / steps_per_epoch)
    loader = DataLoader(
        training, batch_sampler=batches, num_workers=2, persistent_workers=True, worker_init_fn=leave_interrupt_to_main,
        pin_memory=device.type == "cuda", generator=torch.Generator().manual_seed(options.seed),
    )  # fmt: skip

    def save():
        # No plain floats: PyTorch before 2.0 cannot read them back with weights_only.
        save_checkpoint(file, {
            "format": FORMAT, "step": step, "epoch": step // steps_per_epoch, "seed": options.seed, "batch": options.batch,
            "averages": torch.tensor([mean_loss, mean_acc], dtype=torch.float64),
            "weights": network.state_dict(), "optimizer": optimizer.state_dict()["state"],
        })  # fmt: skip

    last_line, next_step = -math.inf, time.monotonic()
    while step < last_step and not stop.requested:
        epoch = batches.epoch = step // steps_per_epoch
        batches.skip = step % steps_per_epoch
        rate = options.lr / (1 + 0.1 * epoch)
        for group in optimizer.param_groups:
            group["lr"] = rate
        for images, labels in loader:
            images, labels = images.to(device, non_blocking=True), labels.to(device, non_blocking=True)
            scores = network(images)
            loss = nn.functional.cross_entropy(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if not math.isfinite(loss.item()):
                raise Refusal(f"the loss is no number any more at step {step}: try a smaller --lr")
            mean_loss = smooth(mean_loss, loss.item())
            mean_acc = smooth(mean_acc, (scores.argmax(1) == labels).float().mean().item())
            if step == last_step or time.monotonic() - last_line >= SECONDS_BETWEEN_LINES:
                last_line = time.monotonic()
                place = f"epoch {epoch + 1}/{epochs} step {step}/{last_step}"
                print(f"{place} loss {mean_loss:.4f} acc {mean_acc:.3f} lr {rate:.3g}", flush=True)
            next_step = max(next_step + options.pace_ms / 1000, time.monotonic())
            if step < last_step:
                stop.sleep_until(next_step)
            if step == last_step or stop.requested:
                break
        if step % (EPOCHS_BETWEEN_SAVES * steps_per_epoch) == 0 and step < last_step and not stop.requested:
            save()

    save()
    print(f"checkpoint saved to {file} at step {step}", flush=True)
    if step >= last_step:
        print(f"finished: test_acc {test(network, testing, device):.4f}, weights {fingerprint(network)}", flush=True)


def leave_interrupt_to_main(_worker):
    """Ctrl-C in a terminal reaches the workers too; they leave the answer to the main process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test(network, testing, device):
    with torch.no_grad():
        guesses = network(testing.images.to(device)).argmax(1).cpu()
    return (guesses == testing.labels).float().mean().item()


def fingerprint(network):
    """The same for the same weights: to compare two trainings."""
    parts = (bytes(t.cpu().flatten().view(torch.uint8).tolist()) for t in network.state_dict().values())
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def smooth(average, value):
    return value if math.isnan(average) else 0.95 * average + 0.05 * value


def number(kind, low, high):
    def read(text):
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}, not {text}")
        return value

    read.__name__ = "whole number" if kind is int else "number"  # argparse names it in its message
    return read


def read_options():
    parser = argparse.ArgumentParser(prog="digits_torch", description=__doc__.splitlines()[0], allow_abbrev=False)

    def add(group, name, kind, default, text):
        group.add_argument(name, type=kind, default=default, metavar="DIR" if kind is str else "N", help=text)

    length = parser.add_mutually_exclusive_group()
    add(length, "--epochs", number(int, 1, 10**6), 60, "how often to go through the data (default 60)")
    add(length, "--steps", number(int, 1, 10**9), None, "stop after N steps in all, instead of --epochs")
    add(parser, "--lr", number(float, 1e-9, 10), 0.002, "learning rate (default 0.002)")
    add(parser, "--batch", number(int, 1, 4096), 32, "pictures per step (default 32)")
    add(parser, "--seed", number(int, 0, 2**32 - 1), 1, "same seed, same result (default 1)")
    add(parser, "--pace-ms", number(float, 0, 60_000), 22, "shortest time for one step (default 22)")
    out = os.environ.get("TRAINYARD_JOB_DIR") or "checkpoints"
    add(parser, "--out", str, out, "folder of the checkpoint (default $TRAINYARD_JOB_DIR, else ./checkpoints)")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on from the checkpoint, which must be there")
    start.add_argument("--fresh", action="store_true", help="start anew, even if there is a checkpoint")
    return parser.parse_args()


def main():
    options = read_options()
    try:
        train(options, Stop())
    except (Refusal, OSError) as error:
        sys.exit(f"digits_torch: {error}")


if __name__ == "__main__":
    main()
