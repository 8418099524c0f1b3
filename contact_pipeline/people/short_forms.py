"""Which names are a known short form of which. Pure.

English: the package nicknames (Apache-2.0), a list kept by hand. No kept list with a licence that we could use has
other languages, so the commonest of theirs stand here.
"""

from functools import cache

from nicknames import NickNamer

# A name in its usual Latin writings, then its short forms. Only those that every speaker of the language knows.
_OTHER_LANGUAGES = """
german: Johannes Johann: Hans Hannes; Joachim: Achim Jochen; Sebastian: Basti; Maximilian: Max
german: Elisabeth: Elli Lisa Lisbeth; Katharina: Kathi Käthe Katja; Margarete Margarethe: Grete Gretel
german: Wilhelm: Willi Willy; Friedrich: Fritz; Heinrich: Heinz Heiner; Andreas: Andi Andy; Stefan Stephan: Steffen
german: Michael: Michi; Matthias: Matze; Ulrich: Uli Ulli; Susanne: Susi Sanne; Barbara: Bärbel Babsi
german: Gertrud: Traudl Gerti; Johanna: Hanna Hanne; Josef Joseph: Sepp Jupp; Christoph: Chris; Georg: Schorsch
german: Karl-Heinz: Kalle; Rudolf: Rudi; Siegfried: Sigi; Brigitte: Gitte Gitti
spanish: José: Pepe Chepe; Francisco: Paco Pancho Curro; Ignacio: Nacho; Jesús: Chuy; Guadalupe: Lupe; Dolores: Lola
spanish: Enrique: Quique; Manuel: Manolo; Antonio: Toño Toni; Roberto: Beto; Rosario: Charo; Isabel: Isa Chabela
spanish: Mercedes: Merche; Concepción: Concha Conchita; Teresa: Tere; Santiago: Santi; Fernando: Nando Fer
spanish: Rafael: Rafa
portuguese: José: Zé; Francisco: Chico; Antônio António: Toninho Tó; Carlos: Carlinhos; Luís Luiz: Luisinho
portuguese: Eduardo: Edu Dudu
italian: Giuseppe: Beppe Peppe Pino; Francesco: Franco Checco; Antonio: Tonino Totò; Domenico: Mimmo
italian: Luigi: Gigi Gino; Giovanni: Gianni Nanni; Salvatore: Totò Turi; Lorenzo: Renzo; Vincenzo: Enzo
italian: Alessandro: Sandro Ale; Giovanna: Gianna
french: Jean-Baptiste: JB; Alexandre: Alex; Dominique: Dom; Frédéric: Fred Fredo; Nicolas: Nico; Sébastien: Seb
french: Stéphane: Steph; Véronique: Véro; Isabelle: Isa; Catherine: Cathy Cat; Philippe: Phil; Gabriel: Gab
french: Mathieu Matthieu: Mat Math; Joséphine: Jo
dutch: Johannes: Jan Hans Joop; Cornelis: Cees Kees; Wilhelmus Willem: Wim Pim; Petrus: Piet; Hendrik: Henk
dutch: Jacobus: Jaap Koos; Gerardus: Gerard; Adrianus: Ad Adriaan; Elisabeth: Els Betsie; Maria: Mieke Marijke Ria
dutch: Antonius: Ton Toon; Nicolaas: Klaas
polish: Aleksandra: Ola; Agnieszka: Aga; Katarzyna: Kasia; Małgorzata: Gosia; Joanna: Asia; Jan: Janek
polish: Stanisław: Staszek; Krzysztof: Krzysiek; Tomasz: Tomek; Paweł: Pawełek; Magdalena: Magda; Elżbieta: Ela
polish: Wojciech: Wojtek; Jakub: Kuba
russian: Aleksandr Alexander Alexandr: Sasha Sascha Shura; Aleksandra Alexandra: Sasha Shura; Ivan: Vanya
russian: Dmitriy Dmitry Dmitri: Dima Mitya; Vladimir: Volodya Vova; Mikhail: Misha Mischa; Nikolay Nikolai: Kolya
russian: Sergey Sergei: Seryozha; Aleksey Alexey Alexei: Alyosha Lyosha; Yevgeniy Evgeny Yevgeny Evgeniy: Zhenya
russian: Natalya Natalia: Natasha Nata; Mariya Maria: Masha; Anna: Anya; Tatyana Tatiana: Tanya
russian: Yekaterina Ekaterina: Katya; Yelena Elena: Lena; Olga: Olya; Svetlana: Sveta; Anastasiya Anastasia: Nastya
russian: Yuliya Yulia: Yulya; Pavel: Pasha; Pyotr Petr: Petya; Konstantin: Kostya; Boris: Borya
russian: Lyudmila Ludmila: Lyuda; Galina: Galya; Irina: Ira; Yuriy Yury Yuri: Yura
nordic: Anders: Andy; Kristian Christian: Kris; Lars: Lasse; Karl Carl: Kalle; Johan: Juhani; Per: Pelle
nordic: Margareta: Greta; Elisabet: Lisa Lisbet
hungarian: István: Pista Isti; József: Józsi; László: Laci; Erzsébet: Zsóka Bözsi; Ferenc: Feri; Katalin: Kati
hungarian: János: Jani; Sándor: Sanyi
greek: Konstantinos: Kostas Dinos; Georgios: Giorgos; Dimitrios: Dimitris Mimis; Ioannis: Giannis Yannis
greek: Panagiotis: Panos Takis
turkish: Mehmet: Memo; İbrahim: İbo; Süleyman: Sülo
"""


@cache
def short_forms() -> dict[str, frozenset[str]]:
    """Name → its short forms; lower case, with accents where the language has them."""
    found: dict[str, set[str]] = NickNamer().nickname_lookup
    for line in _OTHER_LANGUAGES.strip().casefold().splitlines():
        for entry in line.partition(":")[2].split(";"):
            names, _, short = entry.partition(":")
            for name in names.split():
                found.setdefault(name, set()).update(short.split())
    return {name: frozenset(short) for name, short in found.items()}
