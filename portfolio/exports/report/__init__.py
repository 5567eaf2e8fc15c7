"""Board reports: what they say (a module a section), and how it is set by typst."""
