"""A gated recurrent unit as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from wetdry.analysis.statistics.units import Float64


@dataclass(frozen=True, eq=False)
class Gru:
    """Hears a song step by step and reads values off its state, which begins at 0.

    The gates are reset, update and candidate, in this order, as torch keeps them.

    Attributes
    ----------
    of_input, of_state
        Weights (3 · hidden, dim) and (3 · hidden, hidden) of the gates.
    input_constant, state_constant
        Added to either (3 · hidden,).
    readout, constant
        From the state (hidden, target), and added (target,).

    References
    ----------
    Cho et al. (2014), Learning phrase representations using RNN encoder-decoder.
    """

    of_input: Float64
    of_state: Float64
    input_constant: Float64
    state_constant: Float64
    readout: Float64
    constant: Float64

    @property
    def parameters(self) -> int:
        of_gates = self.of_input.size + self.of_state.size + self.input_constant.size + self.state_constant.size
        return of_gates + self.readout.size + self.constant.size

    def outputs(self, rows: Float64) -> Float64:
        """Standardised values (t, target) of standardised rows (t, dim)."""
        hidden = self.of_state.shape[1]
        heard = rows @ self.of_input.T + self.input_constant
        state, states = np.zeros(hidden), np.empty((len(rows), hidden))
        for step, now in enumerate(heard):
            before = self.of_state @ state + self.state_constant
            reset, update = expit(now[: 2 * hidden] + before[: 2 * hidden]).reshape(2, hidden)
            candidate = np.tanh(now[2 * hidden :] + reset * before[2 * hidden :])
            state = (1.0 - update) * candidate + update * state
            states[step] = state
        return states @ self.readout + self.constant
