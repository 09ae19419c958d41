"""Compare our TrOCR with the reference implementation, on random weights and pictures.

Two environments are needed, because one has PyTorch and the other TensorFlow:

    REFERENCE/bin/pip install torch transformers
    REFERENCE/bin/python scripts/trocr_parity/reference.py parity
    python -m scripts.trocr_parity.compare parity

The reference, `transformers.VisionEncoderDecoderModel`, makes networks with random weights and
writes, for 100 random pictures each, the scores of random texts and what its own greedy and beam
search find. `compare` reads the same files as `dltasks models pull` does, and compares scores to
1e-4 and all texts.

The searches are made alike, as those of `scripts/marian_parity` are: a text is not empty; at its
greatest length only the end may follow, with its own probability; and the beam search goes on until
no unfinished hypothesis can matter. Lengths are penalised by their plain power, 1, on both sides.

With torch 2.14 and transformers 5.24, all five networks give the same 100 greedy texts and the same
100 of beam search, of 1 to 20 pieces, and their scores differ by 6e-6 to 2e-5.
"""
