"""Every sentence the command line says, in Danish and English. What the assistant answers is worded in `wording`."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

SAYINGS: dict[str, dict[str, str]] = {
    "da": {
        "about": "Svarer på spørgsmål om en stilling ud fra dens stillings- og personprofil og viser, hvor svaret står.",
        "usage": "brug: ", "commands": "kommandoer", "arguments": "argumenter", "options": "valgmuligheder",
        "help": "vis denne hjælp", "version": "vis udgaven",
        "data": "mappen med indeks og database (også ASSISTANT_DATA)",
        "serve": "chatten og HTTP-grænsefladen; indekserer først, hvis intet er indekseret",
        "host": "adressen, der lyttes på (127.0.0.1)", "port": "porten, der lyttes på (8000)", "example": "still et spørgsmål og vis svaret, før der åbnes",
        "add": "læs og indeksér profiler; en ændret profil erstattes", "list": "de indekserede profiler", "remove": "tag en profil ud",
        "read": "vis en fils tekst, som den ville blive indekseret; indekserer intet", "json": "svar som JSON",
        "ask": "stil ét spørgsmål", "profile": "profilens slug, eller en fil, der læses på stedet", "earlier": "samtalens tidligere spørgsmål, ældste først (kan gentages)",
        "evaluate": "besvar evalueringsspørgsmål, og mål svarene", "profiles": "mappen med spørgsmålenes dokumenter", "out": "mappen til rapporten",
        "compare": "en tidligere rapports mappe at sammenligne med", "ablate": "hvad hver del er værd", "sweep": "svar og afvisninger over tærsklen",
        "questions": "foreslå evalueringsspørgsmål, eller tjek dem", "make": "foreslå spørgsmål til en profil", "check": "tjek filer med spørgsmål",
        "proposed": "mappen til spørgsmålene, og til en kopi af profilen, hvor felter er taget ud",
        "forget": "slet en samtale", "erase": "samtalens id",
        "slug": "profilens slug", "file": "en profil (.md, .txt, .html, .pdf, .docx)", "question": "spørgsmålet", "set": "fil med spørgsmål (.jsonl)",
        "missing": "der mangler {0}. Se: {prog} --help", "unknown": "kender ikke {0}. Se: {prog} --help", "choice": "{0} findes ikke. Vælg mellem {1}.",
        "valueless": "{0} mangler sin værdi. Se: {prog} --help", "bad_value": "{0} kan ikke være {1}.", "needless": "{0} tager ingen værdi.", "usage_error": "kommandoen kan ikke forstås ({0}). Se: {prog} --help",
        "employer": "arbejdsgiver: {0}", "deadline": "frist: {0}", "contacts": "kontakt: {0}", "not_found": "ikke fundet", "unread_pages": "billeder uden tekst, ikke læst: s. {0}",
        "passages": "{n} tekststeder", "seconds": "{s} s", "empty_library": "Ingen profiler er indekseret. Tilføj en med: assistant add FIL",
        "unknown_profile": "Profilen {slug!r} findes ikke. Der er: {known}.", "removed": "Profilen {slug} er taget ud.",
        "forgotten": "Samtalen er slettet.", "no_conversation": "Samtalen {id!r} findes ikke.", "page": "s. {page}",
        "indexing": "Indekserer {file}", "evaluating": "Spørgsmål",
        "open": "Chatten er åben på {url} (stop med Ctrl-C)", "closed": "Chatten er lukket.", "taken": "Kan ikke lytte på {host} port {port}: {why}. Vælg en anden med --port.",
        "unreadable_name": "Et argument indeholder tegn, der ikke kan læses.",
        "backup": "gem profiler, indeks og database i én fil; serveren må gerne køre", "restore": "hent alt tilbage fra en sikkerhedskopi; stop serveren først", "kept_in": "sikkerhedskopiens fil",
        "backed_up": "{file}: gemt. Profiler: {profiles}, samtaler: {conversations}. Filen rummer kandidaters spørgsmål; pas på den som på databasen.",
        "backed_up_without": "{file}: gemt. Profiler: {profiles}. Databasen er ikke en SQLite-fil og er ikke med; tag den med databasens eget værktøj, f.eks. pg_dump.",
        "restored": "Hentet tilbage fra {made}. Profiler: {profiles}, samtaler: {conversations} (udløbet og ikke med: {expired}; slettet siden og ikke med: {forgotten}).",
        "set_aside": "Det, der var før, ligger i {folder} som index.before-restore og ved siden af databasen som .before-restore. En samtale, der er slettet på en anden maskine, kan være kommet igen; slet den med: assistant forget ID",
        "set_aside_without": "Det indeks, der var før, ligger i {folder} som index.before-restore. Sikkerhedskopien rummer ingen database.",
        "backup.taken": "{file} findes og er ikke en sikkerhedskopi. Vælg et andet navn.",
        "backup.newer": "{file} er skrevet af en nyere udgave. Opgradér assistenten, og prøv igen. Intet er ændret.",
        "backup.no_backup": "{file} er ikke en sikkerhedskopi herfra. Intet er ændret.",
        "backup.damaged": "{file} er beskadiget eller ikke hel. Brug en anden sikkerhedskopi. Intet er ændret.",
        "backup.no_room": "Der er ikke plads til at pakke sikkerhedskopien ud i {folder}. Gør plads, og prøv igen. Intet er ændret.",
        "backup.other_database": "{file} rummer en SQLite-database, men ASSISTANT_DATABASE er en anden slags. Fjern indstillingen, eller hent databasen tilbage med dens eget værktøj. Intet er ændret.",
        "backup.served": "{folder} er i brug af en server. Stop den, og prøv igen. Intet er ændret.",
        "backup.restoring": "En sikkerhedskopi er ved at blive hentet tilbage i {folder}. Vent, til det er gjort.",
        "disk": "{why}: {file}", "absent": "{0} er ikke installeret",
    },
    "en": {
        "about": "Answers questions about a job from its profile, and shows where each answer stands.",
        "usage": "usage: ", "commands": "commands", "arguments": "arguments", "options": "options",
        "help": "show this help", "version": "show the version",
        "data": "the folder of index and database (also ASSISTANT_DATA)",
        "serve": "the chat and the HTTP interface; indexes first when nothing is indexed",
        "host": "the address to listen on (127.0.0.1)", "port": "the port to listen on (8000)", "example": "ask one question and show its answer before opening",
        "add": "read and index profiles; one that changed is replaced", "list": "the profiles that are indexed", "remove": "take a profile out",
        "read": "print a file's text as it would be indexed; indexes nothing", "json": "answer as JSON",
        "ask": "ask one question", "profile": "the profile's slug, or a file that is read on the spot", "earlier": "the conversation's earlier questions, oldest first (repeatable)",
        "evaluate": "answer evaluation questions and measure the answers", "profiles": "the folder of the questions' documents", "out": "the folder for the report",
        "compare": "an earlier report's folder to compare with", "ablate": "what each component earns", "sweep": "answers and refusals over the threshold",
        "questions": "propose evaluation questions, or check them", "make": "propose questions for a profile", "check": "check files of questions",
        "proposed": "the folder for the questions, and for a copy of the profile with fields taken out",
        "forget": "erase a conversation", "erase": "the conversation's id",
        "slug": "the profile's slug", "file": "a profile (.md, .txt, .html, .pdf, .docx)", "question": "the question", "set": "file of questions (.jsonl)",
        "missing": "{0} is missing. See: {prog} --help", "unknown": "does not know {0}. See: {prog} --help", "choice": "there is no {0}. Choose from {1}.",
        "valueless": "{0} lacks its value. See: {prog} --help", "bad_value": "{0} cannot be {1}.", "needless": "{0} takes no value.", "usage_error": "the command cannot be understood ({0}). See: {prog} --help",
        "employer": "employer: {0}", "deadline": "deadline: {0}", "contacts": "contacts: {0}", "not_found": "not found", "unread_pages": "pictures without text, not read: p. {0}",
        "passages": "{n} passages", "seconds": "{s} s", "empty_library": "No profiles are indexed. Add one with: assistant add FILE",
        "unknown_profile": "There is no profile {slug!r}. There are: {known}.", "removed": "The profile {slug} has been taken out.",
        "forgotten": "The conversation has been erased.", "no_conversation": "There is no conversation {id!r}.", "page": "p. {page}",
        "indexing": "Indexing {file}", "evaluating": "Questions",
        "open": "The chat is open on {url} (stop with Ctrl-C)", "closed": "The chat is closed.", "taken": "Cannot listen on {host} port {port}: {why}. Choose another with --port.",
        "unreadable_name": "An argument holds characters that cannot be read.",
        "backup": "save profiles, index and database in one file; a server may run", "restore": "bring everything back from a backup; stop the server first", "kept_in": "the backup's file",
        "backed_up": "{file}: saved. Profiles: {profiles}, conversations: {conversations}. The file holds candidates' questions; guard it like the database.",
        "backed_up_without": "{file}: saved. Profiles: {profiles}. The database is no SQLite file and is not in it; save it with its own tool, such as pg_dump.",
        "restored": "Brought back from {made}. Profiles: {profiles}, conversations: {conversations} (expired and left out: {expired}; erased since and left out: {forgotten}).",
        "set_aside": "What was there before lies in {folder} as index.before-restore, and beside the database as .before-restore. A conversation that was erased on another machine may have come back; erase it with: assistant forget ID",
        "set_aside_without": "The index that was there before lies in {folder} as index.before-restore. The backup holds no database.",
        "backup.taken": "{file} exists and is no backup. Choose another name.",
        "backup.newer": "{file} was written by a newer version. Upgrade the assistant, and try again. Nothing was changed.",
        "backup.no_backup": "{file} is no backup of ours. Nothing was changed.",
        "backup.damaged": "{file} is damaged or not whole. Use another backup. Nothing was changed.",
        "backup.no_room": "There is no room to unpack the backup in {folder}. Make room, and try again. Nothing was changed.",
        "backup.other_database": "{file} holds a SQLite database, but ASSISTANT_DATABASE is of another kind. Remove the setting, or bring the database back with its own tool. Nothing was changed.",
        "backup.served": "{folder} is in use by a server. Stop it, and try again. Nothing was changed.",
        "backup.restoring": "A backup is being brought back in {folder}. Wait until it is done.",
        "disk": "{why}: {file}", "absent": "{0} is not installed",
    },
}  # fmt: skip

_PLACEHOLDERS = {"FOLDER": "MAPPE", "FILE": "FIL", "COMMAND": "KOMMANDO", "QUESTION": "SPØRGSMÅL", "QUESTIONS": "SPØRGSMÅL", "PROFILE": "PROFIL", "CONVERSATION": "SAMTALE", "NAME": "NAVN"}

_SYSTEM = {
    errno.ENOSPC: ("disken er fuld", "the disk is full"),
    errno.EDQUOT: ("pladsen er brugt op", "the quota is used up"),
    errno.EFBIG: ("filen må ikke fylde så meget", "the file may not be that large"),
    errno.EACCES: ("ingen adgang", "permission denied"),
    errno.EPERM: ("ingen adgang", "permission denied"),
    errno.EROFS: ("kan kun læses", "read-only"),
    errno.ENOENT: ("findes ikke", "does not exist"),
    errno.ENOTDIR: ("er ikke en mappe", "is not a folder"),
    errno.EEXIST: ("er ikke en mappe", "is not a folder"),
    errno.EISDIR: ("er en mappe", "is a folder"),
    errno.ENAMETOOLONG: ("navnet er for langt", "the name is too long"),
    errno.EADDRINUSE: ("porten er optaget", "the port is taken"),
    errno.EADDRNOTAVAIL: ("adressen er ikke denne maskines", "the address is not this machine's"),
}

_USAGE = (
    (r"the following arguments are required: (.+)", "missing"),
    (r"unrecognized arguments: (.+)", "unknown"),
    (r"argument .+: invalid choice: (\S+) \(choose from (.+)\)", "choice"),
    (r"argument (\S+?)(?:/.+)?: expected (?:one|at least one) argument", "valueless"),
    (r"argument (\S+?): invalid \S+ value: (.+)", "bad_value"),
    (r"argument (\S+?)(?:/.+)?: ignored explicit argument .+", "needless"),
    (r"(.*)", "usage_error"),
)


_ENGLISH = (
    ("Indekset er imens lavet om med en anden embeddingmodel. Start serveren igen.", "The index has meanwhile been made anew with another embedding model. Start the server again."),
    ("Embeddingmodellen {0} kan ikke bruges ({1}). Ret ASSISTANT_EMBEDDING, eller installér udbyderens langchain-pakke.", "The embedding model {0} cannot be used ({1}). Mend ASSISTANT_EMBEDDING, or install the provider's langchain package."),
    ("ASSISTANT_MODEL er {0}; skriv udbyder:navn, f.eks. ollama:llama3.1 eller openai:gpt-5-mini.", "ASSISTANT_MODEL is {0}; write provider:name, such as ollama:llama3.1 or openai:gpt-5-mini."),
    ("ASSISTANT_MODEL_URL er ikke en adresse; skriv f.eks. http://127.0.0.1:8080/v1.", "ASSISTANT_MODEL_URL is no address; write for instance http://127.0.0.1:8080/v1."),
    ("ASSISTANT_ORIGINS nævner {0}; skriv adresser som https://www.kommune.example, adskilt af komma.", "ASSISTANT_ORIGINS names {0}; write addresses such as https://www.kommune.example, with commas between."),
    ("{0}: filen findes ikke. Tjek stien.", "{0}: there is no such file. Check the path."),
    ("{0}: filen er større end {1} MB. Læg profilen ind som en mindre fil.", "{0}: the file is larger than {1} MB. Give the profile as a smaller file."),
    ("{0}: filen kan ikke læses. Giv læseadgang til den, og prøv igen.", "{0}: the file cannot be read. Allow reading it, and try again."),
    ("{0}: filen kan ikke læses ({1}).", "{0}: the file cannot be read ({1})."),
    ("{0}: filtypen {1} kan ikke læses. Åbn filen, og gem den som .docx.", "{0}: files of type {1} cannot be read. Open the file, and save it as .docx."),
    ("{0}: det er en mappe. Angiv filerne i den.", "{0}: this is a folder. Name the files in it."),
    ("{0}: det er ikke en almindelig fil. Angiv en fil med profilens tekst.", "{0}: this is no ordinary file. Name a file with the profile's text."),
    ("{0}: filen er en genvej til noget, der ikke er en profil. Angiv selve filen.", "{0}: the file is a link to something that is no profile. Name the file itself."),
    ("{0}: filen er en genvej, der peger på sig selv. Angiv selve filen.", "{0}: the file is a link that points at itself. Name the file itself."),
    ("{0}: filen rummer for meget tekst til at være en profil (højst {1} tegn og {2} passager). Læg kun profilen ind.", "{0}: the file holds too much text for a profile (at most {1} characters and {2} passages). Give the profile alone."),
    ("{0}: filen har {1} sider; en profil har højst {2}. Læg kun profilens sider ind.", "{0}: the file has {1} pages; a profile has at most {2}. Give the profile's pages alone."),
    ("{0}: filen har ingen sider. Gem profilen på ny som PDF, og prøv igen.", "{0}: the file has no pages. Save the profile as PDF anew, and try again."),
    ("{0}: filen er scannet og har ingen tekst, kun billeder af den. Læg den oprindelige fil ind, eller slå tekstgenkendelse til (ASSISTANT_OCR=1).", "{0}: the file is a scan and holds no text, only pictures of it. Give the original file, or turn on text recognition (ASSISTANT_OCR=1)."),
    ("{0}: filen er scannet, og tekstgenkendelsen (tesseract med danske data) er ikke installeret. Installér den, eller læg den oprindelige fil ind.", "{0}: the file is a scan, and text recognition (tesseract with Danish data) is not installed. Install it, or give the original file."),
    ("{0}: filen er scannet, og tekstgenkendelsen kunne ikke læse den. Se, at tesseract og dens danske data er installeret, eller læg den oprindelige fil ind.", "{0}: the file is a scan, and text recognition could not read it. See that tesseract and its Danish data are installed, or give the original file."),
    ("{0}: der blev ikke fundet tekst på de scannede sider. Læg den oprindelige fil ind.", "{0}: no text was found on the scanned pages. Give the original file."),
    ("{0}: bogstaverne på side {1} er gemt, så de ikke kan læses som tekst. Gem filen på ny som PDF, eller læg Word-filen ind.", "{0}: the letters on page {1} are stored so that they cannot be read as text. Save the file as PDF anew, or give the Word file."),
    ("{0}: teksten er beskadiget: bogstaver som æ, ø og å er gået tabt. Hent teksten på ny, og gem filen som UTF-8.", "{0}: the text is damaged: letters such as æ, ø and å have been lost. Fetch the text anew, and save the file as UTF-8."),
    ("{0}: filen er beskyttet med adgangskode. Gem den uden adgangskode, og prøv igen.", "{0}: the file is protected with a password. Save it without a password, and try again."),
    ("{0}: filen er krypteret på en måde, der ikke kan læses. Gem den uden beskyttelse, og prøv igen.", "{0}: the file is encrypted in a way that cannot be read. Save it without protection, and try again."),
    ("{0}: filen er i det gamle Word-format. Åbn den i Word, og gem den som .docx.", "{0}: the file is in the old Word format. Open it in Word, and save it as .docx."),
    ("{0}: filen hedder {1}, men er ren tekst. Gem den på ny som {2}, eller omdøb den til .txt.", "{0}: the file is called {1} but is plain text. Save it as {2} anew, or rename it to .txt."),
    ("{0}: filen hedder {1}, men er {2}. Gem profilen som {3}, eller giv filen dens rette navn.", "{0}: the file is called {1} but is something else. Save the profile as {3}, or give the file its right name."),
    ("{0}: filen er et zip-arkiv, men ikke et Word-dokument. Gem profilen som .docx fra Word.", "{0}: the file is a zip archive but no Word document. Save the profile as .docx from Word."),
    ("{0}: filen er beskadiget og kan ikke læses. Gem den på ny fra det program, den er skrevet i, og prøv igen.", "{0}: the file is damaged and cannot be read. Save it anew from the program it was written in, and try again."),
    ("{0}: filen tog mere end {1} sekunder at læse. Gem den på ny fra det program, den er skrevet i, og prøv igen.", "{0}: the file took more than {1} seconds to read. Save it anew from the program it was written in, and try again."),
    ("{0}: filen bruger mere end {1} MB hukommelse at læse. Gem den på ny fra det program, den er skrevet i, og prøv igen.", "{0}: the file needs more than {1} MB of memory to read. Save it anew from the program it was written in, and try again."),
    ("{0}: dokumentet fylder unormalt meget, når det pakkes ud, og er afvist. Gem det på ny fra Word.", "{0}: the document becomes unusually large when unpacked, and is refused. Save it anew from Word."),
    ("{0}: dokumentet indeholder makroer og er afvist. Gem det som .docx uden makroer.", "{0}: the document holds macros and is refused. Save it as .docx without macros."),
    ("{0}: dokumentet indeholder en XML-konstruktion, der ikke hører til i et Word-dokument, og er afvist. Gem det på ny fra Word.", "{0}: the document holds XML that does not belong in a Word document, and is refused. Save it anew from Word."),
    ("{0}: filtypen {1} kan ikke læses. Brug en af {2}.", "{0}: files of type {1} cannot be read. Use one of {2}."),
    ("{0}: filen er tom eller indeholder ingen læsbar tekst. Læg en fil med profilens tekst ind.", "{0}: the file is empty or holds no readable text. Give a file with the profile's text."),
    ("{0}: filen er tom. Læg en fil med profilens tekst ind.", "{0}: the file is empty. Give a file with the profile's text."),
    ("{0}: teksten er beskadiget og kan ikke læses som {1}. Gem filen som UTF-8.", "{0}: the text is damaged and cannot be read as {1}. Save the file as UTF-8."),
    ("{0}: filen er ikke tekst, selv om den hedder det. Gem profilen som tekst, og prøv igen.", "{0}: the file is not text, though its name says so. Save the profile as text, and try again."),
    ("Indekset er skrevet af en nyere udgave (version {0}, denne læser {1}). Opgradér assistenten.", "The index was written by a newer version ({0}; this one reads {1}). Upgrade the assistant."),
    ("Indeksets fortegnelse er beskadiget. Slet mappen index i datamappen, og tilføj profilerne igen med: assistant add FIL", "The index's manifest is damaged. Delete the folder index in the data folder, and add the profiles again with: assistant add FILE"),
    ("Indeksfilen {0} mangler eller er beskadiget. Tilføj profilen igen med: assistant add FIL", "The index file {0} is missing or damaged. Add the profile again with: assistant add FILE"),
    ("ASSISTANT_INDEX er ikke en adresse, der kendes; skriv f.eks. milvus:http://127.0.0.1:19530 eller milvus:indeks.db.", "ASSISTANT_INDEX is no address that is known; write for instance milvus:http://127.0.0.1:19530 or milvus:index.db."),
    ("ASSISTANT_INDEX nævner Milvus, men pymilvus er ikke installeret. Installér det: {0}", "ASSISTANT_INDEX names Milvus, but pymilvus is not installed. Install it: {0}"),
    ("Indekset i Milvus på {0} kan ikke nås eller bruges ({1}). Se, at Milvus kører, og at ASSISTANT_INDEX er rigtig.", "The index in Milvus at {0} cannot be reached or used ({1}). See that Milvus runs and that ASSISTANT_INDEX is right."),
    ("Samlingen {0} i Milvus er ikke denne assistents ({1}). Ret ASSISTANT_INDEX, eller fjern samlingen.", "The collection {0} in Milvus is not this assistant's ({1}). Mend ASSISTANT_INDEX, or remove the collection."),
    ("Samlingen {0} i Milvus mangler. Tilføj profilerne igen med: assistant add FIL", "The collection {0} in Milvus is missing. Add the profiles again with: assistant add FILE"),
    ("En anden indeksering er i gang. Vent, til den er færdig, og prøv igen.", "Another indexing is at work. Wait until it is done, and try again."),
    ("Embeddingmodellen {0} kan ikke indlæses. Angiv en mappe eller et navn, som sentence-transformers kender, i ASSISTANT_EMBEDDING.", "The embedding model {0} cannot be loaded. Name a folder or a model that sentence-transformers knows in ASSISTANT_EMBEDDING."),
    ("Embeddingmodellen i {0} mangler eller er beskadiget. Slet mappen, så bygges den igen (make setup), eller kopiér den fra en maskine, hvor den er bygget.", "The embedding model in {0} is missing or damaged. Delete the folder to have it built again (make setup), or copy it from a machine where it has been built."),
    ("Embeddingmodellen {0} kræver {1}. Installér det, der hører til: {2}", "The embedding model {0} needs {1}. Install what belongs to it: {2}"),
    ("Embeddingmodellen kan ikke bygges uden pakken {0}. Installér den, eller kopiér en færdig modelmappe hertil.", "The embedding model cannot be built without the package {0}. Install it, or copy a finished model folder here."),
    ("Embeddingmodellen kan ikke skrives til {0}: {1}", "The embedding model cannot be written to {0}: {1}"),
    ("Embeddingmodellens mappe {0} findes ikke. Ret ASSISTANT_EMBEDDING.", "There is no folder {0} with an embedding model. Mend ASSISTANT_EMBEDDING."),
    ("Vægtene i {0} er ikke hele: {1} mangler.", "The weights in {0} are not whole: {1} missing."),
    ("Vægtene i {0} er ikke de udgivne (sha256 {1}, ventet {2}). Geninstallér pakken: {3}", "The weights in {0} are not the published ones (sha256 {1}, expected {2}). Install the package again: {3}"),
    ("{0}, linje {1}: der skal stå et ord med små bogstaver, en tabulator og den engelske betydning, ikke {2}.", "{0}, line {1}: expected a word in lower case, a tab and its English meaning, not {2}."),
    ("Databasen {0} kan ikke åbnes. Se ASSISTANT_DATABASE og datamappen.", "The database {0} cannot be opened. See ASSISTANT_DATABASE and the data folder."),
    ("Databasen er skrevet af en nyere udgave (skema {0}, denne kender {1}). Opgradér assistenten, eller gendan en ældre sikkerhedskopi.", "The database was written by a newer version (schema {0}; this one knows {1}). Upgrade the assistant, or restore an older backup."),
    ("Databasen {0} er beskadiget. Gendan den fra en sikkerhedskopi med: assistant restore FIL", "The database {0} is damaged. Restore it from a backup with: assistant restore FILE"),
    ("Indekset bliver lavet om lige nu. Prøv igen.", "The index is being changed just now. Try again."),
    ("Indekset er imens lavet om med en anden embeddingmodel. Start serveren igen.", "The index has meanwhile been made with another embedding model. Start the server again."),
    ("Databasen kan ikke læses eller skrives.", "The database cannot be read or written."),
    ("{0} kan ikke læses. Ret filen, eller fjern den.", "{0} cannot be read. Mend the file, or remove it."),
    ("{0} er {1}; skriv da eller en.", "{0} is {1}; write da or en."),
    ("{0} er {1}; skriv en dato som {2}.", "{0} is {1}; write a date such as {2}."),
    ("{0} er {1}; skriv et helt tal.", "{0} is {1}; write a whole number."),
    ("{0} er {1}; tallet må ikke være negativt.", "{0} is {1}; it must not be negative."),
)  # fmt: skip


def english(message: str, more: Sequence[tuple[str, str]] = ()) -> str:
    """What a lower room said in Danish, in English (`more`: sentences of its own); as it stands when it is none of those we know.

    >>> english("a.md: filen er tom. Læg en fil med profilens tekst ind.")
    "a.md: the file is empty. Give a file with the profile's text."
    """
    for danish, translated in (*more, *_ENGLISH):
        pattern = re.sub(r"\\\{\d\\\}", lambda _: "(.+?)", re.escape(danish))
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return translated.format(*match.groups())
    return message


def say(key: str, language: str, *parts: object, **values: object) -> str:
    """One of our sentences, filled in."""
    return SAYINGS[language][key].format(*parts, **values)


def placeholder(name: str, language: str) -> str:
    """What stands for an argument in the help.

    >>> placeholder("SLUG|FILE", "da"), placeholder("FOLDER", "en")
    ('SLUG|FIL', 'FOLDER')
    """
    return name if language == "en" else re.sub(r"[A-Z]+", lambda word: _PLACEHOLDERS.get(word[0], word[0]), name)


def usage(message: str, language: str, prog: str) -> str:
    """What `argparse` complains of, in our words.

    >>> usage("the following arguments are required: FILE", "en", "assistant add")
    'FILE is missing. See: assistant add --help'
    """
    found, key = next((match, key) for pattern, key in _USAGE if (match := re.fullmatch(pattern, message, re.DOTALL)))
    return say(key, language, *found.groups(), prog=prog)


def system(error: OSError, language: str) -> str:
    """What the operating system refused, without its own English where we know better."""
    known = _SYSTEM.get(error.errno or 0)
    return known[language == "en"] if known else (error.strerror or str(error))
