"""Answers with an article of the knowledge base, its title and its link."""

from __future__ import annotations

from actions.base import ReplyingAct
from actions.conversation import Turn
from actions.replies import Reply, Source
from actions.services import ArticleText
from nlu.languages import primary_code


class AnswerQuestion(ReplyingAct):
    """Sends the article that the plan names."""

    def name(self) -> str:
        """Gives the name in the domain."""
        return "action_answer_question"

    def replies(self, turn: Turn) -> list[Reply]:
        """Gives the answer, or a request to rephrase if the article is gone in the meantime."""
        audience = str(turn.context.get("audience") or "public")
        for article_id in turn.article_ids[:1]:
            article = turn.services.articles.find(
                article_id, language=_found_in(turn, article_id), audience=audience
            )
            if article is not None:
                return [_answer(turn, article)]
        return [turn.reply("rephrase", "rephrase")]


def _found_in(turn: Turn, article_id: str) -> str:
    """The language that the search chose for this visitor; a pressed button was not searched."""
    found = (hit.get("language") for hit in turn.hits if hit.get("article_id") == article_id)
    return str(next(found, None) or turn.language)


def _answer(turn: Turn, article: ArticleText) -> Reply:
    text = article.text
    if primary_code(article.language) != primary_code(turn.language):
        name = turn.services.name_of(article.language)
        text = f"{turn.say('answer-only-in', language=name)}\n\n{text}"
    source = Source(
        article_id=article.article_id,
        title=article.title,
        url=article.url,
        language=article.language,
    )
    return Reply(
        kind="answer",
        text=text,
        language=turn.language,
        sources=(source,),
        feedback=bool(turn.plan.get("asks_feedback")),
    )
