"""The words of the menu entries, in every language of the program."""

ENTRY = {
    "Name": {"en": "Antigone", "es": "Antigone", "pt": "Antigone"},
    "GenericName": {
        "en": "Voice and vision assistant",
        "es": "Asistente de voz y visión",
        "pt": "Assistente de voz e visão",
    },
    "Comment": {
        "en": "Ask aloud, have print and pictures read to you, keep notes and reminders; works without a network",
        "es": "Pregunte en voz alta, haga leer textos e imágenes, guarde notas y recordatorios; funciona sin red",
        "pt": "Pergunte em voz alta, ouça textos e imagens, guarde notas e lembretes; funciona sem rede",
    },
    "Keywords": {
        "en": "assistant;accessibility;blind;low vision;voice;speech;read;describe;OCR;reminder;notes;",
        "es": "asistente;accesibilidad;ciego;baja visión;voz;habla;leer;describir;OCR;recordatorio;notas;",
        "pt": "assistente;acessibilidade;cego;baixa visão;voz;fala;ler;descrever;OCR;lembrete;notas;",
    },
}
VOICE = {
    "Name": {"en": "Antigone, hands-free", "es": "Antigone, manos libres", "pt": "Antigone, mãos livres"},
    "GenericName": ENTRY["GenericName"],
    "Comment": {
        "en": "Talk with Antigone by voice alone; say stop to silence it",
        "es": "Hable con Antigone solo con la voz; diga para, y calla",
        "pt": "Converse com Antigone só com a voz; diga pare, e ela se cala",
    },
    "Keywords": ENTRY["Keywords"],
}
TALK = {"Name": {"en": "Talk hands-free", "es": "Hablar sin manos", "pt": "Falar sem mãos"}}
STOP = {"Name": {"en": "Stop Antigone", "es": "Detener Antigone", "pt": "Parar Antigone"}}
