"""Feed examples to training: tf.data steps, order, cache, padding."""
