"""What people read, in ar, en, fr and es: catalogues of sentences, keyed by what they say."""
