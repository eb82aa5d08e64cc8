"""Classic features by definition, the baseline that needs no pretrained model."""
