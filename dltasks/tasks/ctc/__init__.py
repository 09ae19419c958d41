"""What tasks that train with CTC share: symbols, loss, recipe, language model."""
