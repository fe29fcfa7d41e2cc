"""Stress: links, burners and hogs that make a backend's life hard, each with what it achieved.

Effects; knows neither pytest nor the engine nor how backends are started. Importing it loads nothing.
"""
