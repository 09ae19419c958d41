"""Compare our Marian with the reference implementation, on random weights and sentences.

Two environments are needed, because one has PyTorch and the other TensorFlow:

    REFERENCE/bin/pip install torch transformers
    REFERENCE/bin/python scripts/marian_parity/reference.py parity
    python -m scripts.marian_parity.compare parity

The reference makes networks with random weights and writes, for 200 random sentences each, the
scores of random translations and what its own greedy and beam search find. `compare` reads the same
files as `dltasks models pull` does, and compares scores to 1e-4 and all translations.

The reference for normalisation after each part is `transformers.MarianMTModel`, which has no other.
That for normalisation before each part is `transformers.PegasusForConditionalGeneration`, which is
the same network but for that.

The searches are made alike: a translation is not empty; at its greatest length only the end may
follow, with its own probability (the reference gives it the probability 1); and the beam search
goes on until no unfinished hypothesis can matter (`early_stopping="never"`). Lengths are penalised
by their plain power, 1, on both sides.

With torch 2.14 and transformers 5.24, all four networks give the same 200 greedy and the same 200
translations of beam search, of 1 to 50 pieces, and their scores differ by 3e-6 to 3e-5.
"""
