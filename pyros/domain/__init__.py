"""What an observatory is about: frozen values and their legal transitions."""
