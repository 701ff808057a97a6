"""What may stand between a decoder's last state and its logits."""

from torch import Tensor, nn

from decoder.config import DecoderConfig
from kernels import dispatch
from kernels.layers import Linear, Norm


class HeadTransform(nn.Module):
    """BERT's layer before the logits (Devlin et al. 2018): linear, activation, norm."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.activation = config.activation
        self.dense = Linear(config.width, config.width)
        self.norm = Norm(config.width, config.norm, config.norm_eps)

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Same shape."""
        out_BTD: Tensor = self.norm(dispatch.activate(self.dense(hidden_BTD), self.activation))
        return out_BTD
