"""TensorFlow Datasets, exported once to files that training can read by index."""
