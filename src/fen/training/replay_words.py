"""The words of replay prompts: what is asked for, about what, for whom and how.

None of it is of IFEval, by which forgetting is measured.
"""

from __future__ import annotations


def _list(words: str) -> tuple[str, ...]:
    return tuple(words.split("|"))


TOPICS = _list(
    "the moon|bees|volcanoes|bread|bicycles|the Roman Empire|photosynthesis|chess|rainbows|coffee|whales|"
    "gravity|libraries|the printing press|vaccines|maps|glaciers|money|jazz|electric cars|deserts|dreams|"
    "clocks|recycling|earthquakes|cheese|the Olympic Games|spiders|friendship|bridges|tides|the heart|soap|"
    "compasses|penguins|tea|the stock market|lightning|forests|robots|sleep|magnets|paper|batteries|"
    "mountains|honey|the internet|pottery|sharks|gardens|umbrellas|railways|silence|wolves|kites|the Silk "
    "Road|salt|telescopes|pancakes|lighthouses|ants|opera|rivers|mirrors|skateboards|the Sahara|winter|"
    "shoes|fireworks|grandparents|elections|tomatoes|submarines|handwriting|owls|tennis|castles|rain|"
    "passwords|mushrooms|violins|airports|patience|cacti|the Middle Ages|sunscreen|dinosaurs|podcasts|"
    "neighbours|coral reefs|night trains|homework|wind turbines|apologies|marathons|second-hand clothes|"
    "small talk|city parks"
)
FORMS = _list(
    "a blog post|a letter to a friend|a formal letter to a city council|a cover letter for a job that has "
    "to do with it|a short story|a poem|a song|a limerick|an essay|a news article|a press release|a "
    "product description|a review|a speech|a dialogue between two strangers|an itinerary for a trip|a quiz "
    "with answers|a riddle|a joke|a short post for a social network|a job posting|a plan for a lesson|an "
    "outline of a talk|a diary entry|a fairy tale|an interview|a scene of a play|a proposal|a short "
    "history|a list of frequent questions|an advertisement|a toast|a complaint to a shop|a set of rules|a "
    "report|a travel guide|a rap"
)
ABOUT = _list(" about {a}| on the subject of {a}| that has to do with {a}| about {a} and {b}")
AUDIENCES = _list(
    "||||| for children| for teenagers| for experts| for people who are new to it| for a school magazine| "
    "for my boss| in a funny style| in a formal tone| in an angry tone| in the style of an old film| from "
    "the point of view of a cat"
)
HOW = _list(
    "||||| Write at least {n} words.| Keep it under {n} words.| Use {few} paragraphs.| Use bullet points.| "
    "Give it a title.| Do not mention {b}.| End with a question.| Put each part under a heading.| Finish "
    "with a short summary.| Answer in JSON.| Make it rhyme.| Mention {b} too.| Use simple words.| Number "
    "your points.| Separate the parts by a line of dashes.| Give {few} versions.| Answer in capital "
    "letters.| Use no commas.| Start with a proverb.| Answer in Spanish.| Answer in German."
)
QUESTIONS = _list(
    "Explain {a} to a child.|What is special about {a}?|Write three sentences about {a}.|Give me a short "
    "summary of what people know about {a}.|List five facts about {a}.|Why do people like {a}?|How did "
    "people first learn about {a}?|What should a beginner know about {a}?|Compare {a} and {b}.|What do {a} "
    "and {b} have in common?|Suggest a title for a book about {a} and {b}.|Give two arguments for and two "
    "against {a}.|Name three questions that a teacher might ask about {a}.|Describe {a} without naming it.|"
    "What would the world be like without {a}?|Brainstorm names for a company that has to do with {a}.|Is "
    "there more to say for {a} or for {b}?|What are common mistakes of people who deal with {a}?|How could "
    "{a} change in the next fifty years?|Write a tagline for a museum of {a}.|Make a table that compares "
    "{a} with {b}.|Can you help me to understand {a}?|I have to give a talk on {a} tomorrow. Where do I "
    "start?|What would an expert on {a} say about {b}?"
)
CHORES = _list(
    "Rewrite this more politely:|Rewrite this for a newspaper:|Correct the mistakes in this text:|"
    "Translate this into French:|Translate this into German:|Sum this up in one sentence:|Continue this "
    "text:|Turn this into a poem:|Turn this into a list:|Explain why somebody would say this:|Write a "
    "reply to this:|Make this longer:|Is this well written? Say why:|Find a headline for this:"
)
TEXTS = _list(
    "We went to see {a}, and nobody had told us that {b} would be there too.|My sister knows everything "
    "about {a}. I rather like {b}.|In the last year our town has spent more on {a} than on {b}, and many "
    "people are unhappy about it.|Dear neighbour, your {a} keep me awake. Please think of {b} for once.|"
    "The first chapter is about {a}. The second, which is longer, is about {b}. I liked both.|They was "
    "sure that {a} is more old then {b}.|It was a cold morning. Somebody had left a note about {a} on the "
    "table.|Our shop for {a} opens at nine. On Mondays there are also {b}."
)
TASKS = _list(
    "learn to swim as an adult|keep plants alive|write a good introduction|cook rice|prepare for an "
    "interview|fix a flat tyre|start running|read faster|save money each month|choose a name for a dog|"
    "remove a stain from a shirt|plan a birthday party|learn a hundred words of a language|make a budget|"
    "say no to a friend|pack for a week with one bag|clean a keyboard|take better photos|calm down before "
    "an exam|find out where a word is from"
)
MANNERS = _list(
    "How do I {c}?|Write instructions for how to {c}.|Give me ten tips: how to {c}.|Why is it hard to {c}?"
)
SUMS = _list("plus|minus|times")
CODE = _list(
    "reverses a string|counts the vowels of a text|adds the numbers of a list|finds the largest number of "
    "a list|tells whether a word is a palindrome|removes duplicates from a list|turns Celsius into "
    "Fahrenheit|sorts words by their length"
)
LANGUAGES = _list("Python|JavaScript|Java|C")
SYSTEMS = _list(
    "||||You are a helpful assistant.|You are a patient teacher.|You answer briefly.|You are an "
    "experienced editor."
)
