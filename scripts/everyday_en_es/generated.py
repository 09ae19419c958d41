"""Places, languages, dates and numerals in sentences, made from names of CLDR."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence

Pair = tuple[str, str]

OF_PLACES = (
    ("{}", "{}"),
    ("I live in {}.", "Vivo en {}."),
    ("She comes from {}.", "Ella viene de {}."),
    ("Have you ever been to {}?", "¿Has estado alguna vez en {}?"),
)
OF_LANGUAGES = (
    ("{}", "{}"),
    ("Do you speak {}?", "¿Hablas {}?"),
    ("The book is written in {}.", "El libro está escrito en {}."),
)
MONTHS = (
    "January|enero February|febrero March|marzo April|abril May|mayo June|junio July|julio "
    "August|agosto September|septiembre October|octubre November|noviembre December|diciembre"
)
WEEKDAYS = (
    "Monday|lunes Tuesday|martes Wednesday|miércoles Thursday|jueves Friday|viernes "
    "Saturday|sábado Sunday|domingo"
)
OF_MONTHS = (
    ("{}", "{}"),
    ("In {}", "En {}"),
    ("We met last {}.", "Nos conocimos el pasado mes de {}."),
    ("My birthday is in {}.", "Mi cumpleaños es en {}."),
)
OF_WEEKDAYS = (
    ("{}", "{}"),
    ("On {}", "El {}"),
    ("See you on {}!", "¡Hasta el {}!"),
    ("Next {}", "El próximo {}"),
    ("The meeting is on {}.", "La reunión es el {}."),
    ("The shop is closed on {}s.", "La tienda cierra los {}."),
)
OF_DATES = (
    ("{month} {day}, {year}", "{day} de {month_es} de {year}"),
    ("{day} {month} {year}", "{day} de {month_es} de {year}"),
    ("{month} {day}{th}", "{day} de {month_es}"),
    ("On {month} {day}", "El {day} de {month_es}"),
    ("{weekday}, {month} {day}, {year}", "{weekday_es}, {day} de {month_es} de {year}"),
    ("She was born on {month} {day}, {year}.", "Nació el {day} de {month_es} de {year}."),
    ("He died on {day} {month} {year}.", "Murió el {day} de {month_es} de {year}."),
    (
        "The meeting is on {month} {day} at {hour}:30.",
        "La reunión es el {day} de {month_es} a las {hour}:30.",
    ),
    (
        "The deadline is {weekday}, {day} {month}.",
        "El plazo termina el {weekday_es} {day} de {month_es}.",
    ),
    ("The train leaves on the {day}{th} of {month}.", "El tren sale el {day} de {month_es}."),
    ("He lives on the {day}{th} floor.", "Vive en el piso {day}."),
    ("It was the {day}{th} time.", "Fue la {day}.ª vez."),
    ("I have been waiting for {day} minutes.", "Llevo {day} minutos esperando."),
    ("The {year}s were hard.", "Los {year} fueron duros."),
    ("I have {day} apples.", "Tengo {day} manzanas."),
    ("There are {year} people here.", "Hay {year} personas aquí."),
    ("It costs {day} euros.", "Cuesta {day} euros."),
    ("It costs {day} dollars.", "Cuesta {day} dólares."),
    ("She is {day} years old.", "Tiene {day} años."),
    ("The bridge is {year} metres long.", "El puente mide {year} metros de largo."),
    ("Page {day} of {year}", "Página {day} de {year}"),
    ("Chapter {day}", "Capítulo {day}"),
    ("Version {day}.{hour}", "Versión {day}.{hour}"),
    ("Room {day}", "Habitación {day}"),
    ("The train leaves at {hour}:{day}.", "El tren sale a las {hour}:{day}."),
    (
        "The flight leaves at {hour}:{day} from gate {hour}.",
        "El vuelo sale a las {hour}:{day} de la puerta {hour}.",
    ),
    ("Prices rose by {day}%.", "Los precios subieron un {day}%."),
    ("It is {day} km from here.", "Está a {day} km de aquí."),
    ("The bag weighs {day} kg.", "La bolsa pesa {day} kg."),
    ("It is {day} °C outside.", "Fuera hace {day} °C."),
    ("The shirt costs ${day}.", "La camisa cuesta ${day}."),
    ("The flat costs {day} € a month.", "El piso cuesta {day} € al mes."),
    ("Between {hour} and {day}", "Entre {hour} y {day}"),
    ("From {hour} to {day}", "De {hour} a {day}"),
)
OF_TITLES = (
    ("Mr. {}", "Sr. {}"),
    ("Mrs. {}", "Sra. {}"),
    ("Ms. {}", "Sra. {}"),
    ("Miss {}", "Srta. {}"),
    ("Dr. {}", "Dr. {}"),
    ("Prof. {}", "Prof. {}"),
    ("Dear Mr. {},", "Estimado Sr. {}:"),
    ("Dear Mrs. {},", "Estimada Sra. {}:"),
    ("Dear {},", "Querido {}:"),
    ("Dear Dr. {},", "Estimado Dr. {}:"),
    ("Good morning, Mr. {}.", "Buenos días, señor {}."),
    ("Good evening, Mrs. {}.", "Buenas noches, señora {}."),
    ("Is Mr. {} there?", "¿Está el señor {}?"),
    ("I am looking for Mrs. {}.", "Busco a la señora {}."),
    ("Mr. {} is our new teacher.", "El señor {} es nuestro nuevo profesor."),
    ("Mrs. {} lives next door.", "La señora {} vive al lado."),
    ("Dr. {} will see you now.", "El doctor {} lo atenderá ahora."),
    ("Thank you, Mr. {}.", "Gracias, señor {}."),
    ("President {}", "Presidente {}"),
    ("King {}", "Rey {}"),
    ("Queen {}", "Reina {}"),
    ("Saint {}", "San {}"),
)
SURNAMES = (
    *("Smith", "Jones", "Brown", "Taylor", "Wilson", "García", "López", "Pérez", "Sánchez"),
    *("Rossi", "Müller", "Novak", "Kowalski", "Ivanov", "Andersen", "Dubois", "Tanaka", "Kim"),
)
DATES = 3_000


def places_and_languages(names: Iterable[Sequence[str]]) -> Iterator[Pair]:
    """Put names of places and languages into sentences; a name of one side alone comes as it is."""
    for source, target in dict.fromkeys(map(tuple, names)):
        if re.search(r"[{}()0-9]", source + target):
            continue
        templates: Sequence[Pair] = OF_PLACES if target[:1].isupper() else OF_LANGUAGES
        if not source[:1].isupper():
            templates = templates[:1]
        for one, other in templates:
            yield one.format(source), other.format(target)


def titles() -> Iterator[Pair]:
    """Put surnames behind titles."""
    for one, other in OF_TITLES:
        for name in SURNAMES:
            yield one.format(name), other.format(name)


def dates_and_numerals(drawn: random.Random) -> Iterator[Pair]:
    """Give months, weekdays, dates, amounts, and numbers in words."""
    from num2words import num2words

    months, weekdays = (
        [tuple(pair.split("|")) for pair in text.split()] for text in (MONTHS, WEEKDAYS)
    )
    for words, templates in ((months, OF_MONTHS), (weekdays, OF_WEEKDAYS)):
        for source, target in words:
            for one, other in templates:
                yield one.format(source), other.format(target)
    for _ in range(DATES):
        month, weekday = drawn.choice(months), drawn.choice(weekdays)
        day = drawn.randint(2, 29)
        values = {
            "month": month[0],
            "month_es": month[1],
            "weekday": weekday[0],
            "weekday_es": weekday[1],
            "day": day,
            "th": {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
            if day not in (11, 12, 13)
            else "th",
            "year": drawn.randint(1500, 2100),
            "hour": drawn.randint(2, 12),
        }
        one, other = drawn.choice(OF_DATES)
        yield one.format(**values), other.format(**values)
    for number in (*range(101), *range(110, 1_000, 10), *range(1_000, 11_000, 1_000)):
        yield num2words(number, lang="en"), num2words(number, lang="es")
