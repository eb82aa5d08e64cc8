"""PANNs' Cnn14, a network that tags sounds."""
