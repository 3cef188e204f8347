"""Which trials a search tries: Optuna proposes them in batches, each from what the batches before it came to.

Nothing is remembered but the experiments: the same seed and the same values make Optuna propose the same trials, so a
search that was interrupted is asked and told all over again, and goes on where the first experiment is missing.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import TPESampler
from optuna.study import StudyDirection
from optuna.trial import TrialState

from sweep.grid import Trial, Value
from sweep.ranges import DIGITS, RANDOM_TRIALS, Choices, Range, Ranges, SearchSweep


@dataclass(frozen=True)
class Proposal:
    """A trial that a search asked for. seed : of the sampler. number : from 0, in the order of asking."""

    seed: int
    number: int
    experiment: str


class Search:
    """One study for each sampler seed; all of them ask for a batch, and are told of it, before any asks for the next.

    name : gives a trial the name of its experiment. read_value : the objective of an experiment, or None where there is
    no such experiment. named : all trials asked for, by these names. proposals : who asked for them; several may ask
    for the same, which runs once.
    """

    def __init__(
        self, sweep: SearchSweep, ranges: Ranges, name: Callable[[Trial], str],
        read_value: Callable[[str], float | None],
    ) -> None:  # fmt: skip
        self.sweep, self.ranges, self.name, self.read_value = sweep, ranges, name, read_value
        self.distributions = {parameter: make_distribution(kind) for parameter, kind in ranges.items()}
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # it tells of each trial, as the sweep does itself
        direction = StudyDirection.MINIMIZE if sweep.objective.endswith("loss") else StudyDirection.MAXIMIZE
        self.studies = {
            seed: optuna.create_study(
                sampler=TPESampler(seed=seed, n_startup_trials=RANDOM_TRIALS), direction=direction
            )
            for seed in sweep.sampler_seeds
        }
        self.named: dict[str, Trial] = {}
        self.proposals: list[Proposal] = []
        self.untold: list[Proposal] = []

    @property
    def further(self) -> int:
        """How many proposals are still to come."""
        return self.sweep.budget * len(self.studies) - len(self.proposals)

    def advance(self, failed: Collection[str] = ()) -> list[str]:
        """Go on as far as is known what trials came to; return those of which it is not, or none at the end.

        failed : names of experiments that do not exist and will not.
        """
        while True:
            values = {proposal.experiment: self.read_value(proposal.experiment) for proposal in self.untold}
            missing = [name for name, value in values.items() if value is None and name not in failed]
            if missing:
                return missing
            for proposal in self.untold:
                self._tell(proposal, values[proposal.experiment])
            self.untold = self._ask()
            if not self.untold:
                return []
            self.proposals += self.untold

    def _tell(self, proposal: Proposal, value: float | None) -> None:
        """Without a value, or with one that is not finite, a trial counts as failed: nothing is learnt from it."""
        study = self.studies[proposal.seed]
        if value is None or not math.isfinite(value):
            study.tell(proposal.number, state=TrialState.FAIL)
        else:
            study.tell(proposal.number, value)

    def _ask(self) -> list[Proposal]:
        """The next batch of every study; the last one may be smaller."""
        asked = []
        for seed, study in self.studies.items():
            for number in range(len(study.trials), min(len(study.trials) + self.sweep.batch, self.sweep.budget)):
                suggested = study.ask(self.distributions).params
                trial = {name: as_value(kind, suggested[name]) for name, kind in self.ranges.items()}
                experiment = self.name(trial)
                self.named[experiment] = trial
                asked.append(Proposal(seed, number, experiment))
        return asked


def make_distribution(kind: Range | Choices) -> BaseDistribution:
    """Optuna's own; of choices their positions, as it takes no lists."""
    if isinstance(kind, Choices):
        return CategoricalDistribution(range(len(kind.values)))
    if isinstance(kind.low, int) and isinstance(kind.high, int):
        return IntDistribution(kind.low, kind.high, log=kind.log)
    return FloatDistribution(kind.low, kind.high, log=kind.log)


def as_value(kind: Range | Choices, suggested: int | float) -> Value:
    """What a trial sets a parameter to: the choice at a position, or a number, rounded to DIGITS but in its range."""
    if isinstance(kind, Choices):
        return kind.values[int(suggested)]
    if isinstance(suggested, int):
        return suggested
    return float(min(max(float(f"{suggested:.{DIGITS}g}"), kind.low), kind.high))
