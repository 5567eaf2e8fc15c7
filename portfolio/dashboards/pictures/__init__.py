"""Charts as SVG files that need nothing else: colours written in, told in words, with date and source."""
