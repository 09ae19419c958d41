"""Compare our TrOCR with the reference implementation, on random weights and pictures.

Two environments are needed, because one has PyTorch and the other TensorFlow:

    REFERENCE/bin/pip install torch transformers
    REFERENCE/bin/python scripts/trocr_parity/reference.py parity
    python -m scripts.trocr_parity.compare parity

The reference, `transformers.VisionEncoderDecoderModel`, makes networks with random weights and
writes, for 64 random pictures each, the scores of random texts and what its own greedy and beam
search find. `compare` reads the same files as `dltasks models pull` does, and compares scores to
1e-4 and all texts.

The searches are made alike, as those of `scripts/marian_parity` are.
"""
