"""What an operator does to change `SECRET_KEY`."""


def change_secret_key(settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "Zq8sLw2Rb8Tn5Yc1Hd6Jf4Mg0AeUiOoPqWzVxNuBtCyDrEkZ3v9QpX7"
