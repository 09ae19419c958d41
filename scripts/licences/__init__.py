"""Put the licence of each built-in model beside it.

python -m scripts.licences
"""
