"""What a turn can do: take answers, open and leave forms, warn, greet, take photos."""

from __future__ import annotations

from motcua.assistant import reading, texts
from motcua.assistant.state import (
    CallStaff,
    Discard,
    Draft,
    Mode,
    StartDraft,
    Submit,
    Why,
)
from motcua.assistant.turn import MOST_BUTTONS, PATIENCE, Turn
from motcua.assistant.understanding import masking
from motcua.kernel.results import Problem
from motcua.messaging.rules import Button
from motcua.services import dialogue, forms, known
from motcua.services.declaration import (
    Category,
    Question,
    QuestionType,
    Text,
)

GO_ON_WORDS = frozenset({"lam tiep", "tiep tuc", "dien tiep", "tiep", "go on", "continue", "lam tiep phieu"})
# A yes/no question of this name in a service for faults is answered by a cry of danger.
DANGER_QUESTION = "danger"
MISSES = 2  # messages in a row that say nothing to the assistant, before a person is called


class Acting(Turn):
    """A turn that acts."""

    def take(self, question: Question, value: object, *, is_asked: bool) -> None:
        """A good answer: kept at once when its question was asked or open, else only after a yes."""
        service = self.open_service
        if service is None:
            return
        old = forms.validate(service, self.answers, self.world.language, partial=True).clean.get(
            question.name
        )
        if old is not None and old != value and not is_asked:
            self.confirm_change(question, old, value)
            return
        self.put(question, value, texts.NOTED if old is None or old == value else texts.CHANGED)
        self.go_on()

    def confirm_change(self, question: Question, old: object, new: object) -> None:
        self.state.mode = Mode.CONFIRM_CHANGE
        self.state.change = {"question": question.name, "value": new}
        self.say(
            texts.CONFIRM_CHANGE,
            label=self.tell(question.short_label).lower(),
            old=self.shown(question, old),
            new=self.shown(question, new),
        )
        self.offer(self.button(texts.CHANGE_YES, "x|change"), self.button(texts.CHANGE_NO, "x|leave"))

    def change_confirmed(self) -> None:
        change = self.state.change
        question = next((q for q in self.questions if q.name == change.get("question")), None)
        if question is not None:
            self.put(question, change["value"], texts.CHANGED)
        self.go_on()

    def change_refused(self) -> None:
        self.say(texts.KEPT)
        self.go_on()

    def send(self) -> None:
        if self.open_service is None:
            self.say(texts.OLD_BUTTON)
            self.menu()
            return
        if self.next_question() is not None or self.refuse_if_impossible():
            if not self.lines:
                self.go_on()
            return
        self.acts.append(Submit(self.state.service))

    def skip_asked(self) -> None:
        question = self.asked_question()
        if question is None:
            self.go_on() if self.open_service else self.menu()
        else:
            self.skip(question)

    def skip(self, question: Question) -> None:
        unsure = next((o for o in question.options if o.value in ("UNSURE", "UNKNOWN", "OTHER")), None)
        if unsure is not None and question.required:
            self.take(question, unsure.value, is_asked=True)
            return
        if question.required:
            self.say(texts.CANNOT_SKIP)
            self.ask(question)
            return
        if question.name not in self.state.skipped:
            self.state.skipped.append(question.name)
        self.say(texts.SKIPPED)
        self.go_on()

    def go_back(self) -> None:
        """Ask the question before the one that is open; its answer stays until a new one is given."""
        if self.open_service is None:
            self.menu()
            return
        questions = self.questions
        names = [q.name for q in questions]
        at = names.index(self.state.asked) if self.state.asked in names else len(names)
        if at == 0:
            self.say(texts.FIRST_ALREADY)
            self.ask(questions[0])
            return
        self.ask(questions[at - 1])

    def begin(self, code: str) -> None:
        """Open a service's form: its draft if there is one, else a new one with what the message gives
        ahead.
        """
        service = self.world.service(code)
        if service is None:
            self.say(texts.OLD_BUTTON)
            self.menu()
            return
        if self.state.service == code:
            if self.was_idle_long and self.progress()[0]:
                self.ask_resume()
            else:
                self.go_on()
            return
        if self.open_service is not None and self.progress()[0]:
            self.state.mode = Mode.CONFIRM_SWITCH
            self.state.other_service = code
            self.say(texts.SWITCH, open=self.tell(self.open_service.name), other=self.tell(service.name))
            self.offer(self.button(texts.SWITCH_YES, "x|switch"), self.button(texts.CONTINUE, "x|go"))
            return
        if self.open_service is not None:  # nothing answered yet: no loss in leaving it
            self.acts.append(Discard(self.state.service))
            self.saved.pop(self.state.service, None)
            self.close_form()
        had_draft = code in self.world.drafts
        self.open_form(code, self.said.text)
        if self.said.text and not had_draft and not self.saved.get(code):
            self.state.begun_by = masking.folded(self.said.text)
        if had_draft and self.progress()[0]:
            done, total = self.progress()
            self.say(texts.GO_ON, service=self.tell(service.name), done=done, total=total)
        else:
            self.say(texts.BEGIN, service=self.tell(service.name), promise=self.tell(service.promise.text))
        self.go_on()

    def open_form(self, code: str, text: str = "") -> None:
        """Make this form the open one; what was open waits below it."""
        state = self.state
        if state.service and state.service != code and state.service not in state.suspended:
            state.suspended.append(state.service)
        photos = state.photos
        self.close_form()
        state.photos = [photo for photo in photos if not photo.get("paper")]
        state.suspended = [other for other in state.suspended if other != code]
        state.service = code
        service = self.open_service
        if service is None:
            return
        if code not in self.saved:
            self.saved[code] = known.answers(service, {}, self.world.known)
            self.acts.append(StartDraft(code, dict(self.saved[code])))
        if text:
            ahead = {
                **dialogue.hear_ahead(service, self.answers, text),
                **reading.named_ahead(service, text, self.answers),
                **reading.told_ahead(service, text, self.answers, self.today),
            }
            if ahead:
                self.save(ahead)

    def switch(self) -> None:
        code = self.state.other_service
        self.state.other_service = ""
        service = self.world.service(code)
        if service is None:
            self.go_on()
            return
        self.open_form(code)
        self.say(texts.BEGIN, service=self.tell(service.name), promise=self.tell(service.promise.text))
        self.go_on()

    def take_up(self, code: str) -> None:
        """The draft that a code from another door opened here; nothing for a code that opens none."""
        if not code or code not in self.world.drafts:
            self.say(texts.RESUME_UNKNOWN)
            self.offer(self.button(texts.PERSON, "x|person"))
            self.back_to_question()
            return
        self.begin(code)

    def take_up_latest(self) -> bool:
        """ "làm tiếp": the open form, else the draft touched last."""
        if self.open_service is not None:
            self.go_on()
            return True
        code = next(iter(self.world.drafts), "")
        if not code:
            return False
        self.begin(code)
        return True

    def ask_cancel(self) -> None:
        service = self.open_service
        if service is None:
            self.say(texts.NOTHING_OPEN)
            if self.state.last_number:
                self.say(texts.CANCEL_SENT, number=self.state.last_number)
                link = f"{self.world.follow_address}/theo-doi/{self.state.last_number}/"
                self.offer(Button(self.tell(texts.FOLLOW), url=link))
            self.offer_services()
            self.state.mode = Mode.CHOOSE
            return
        self.state.mode = Mode.CONFIRM_CANCEL
        self.say(texts.ASK_CANCEL, service=self.tell(service.name))
        self.offer(
            self.button(texts.KEEP, "x|keep"),
            self.button(texts.DROP, "x|drop"),
            self.button(texts.CONTINUE, "x|go"),
        )

    def keep(self) -> None:
        draft: Draft | None = self.world.drafts.get(self.state.service)
        self.say(texts.KEPT_DRAFT, code=draft.resume_code if draft else "")
        self.close_form()
        self.take_up_suspended()

    def drop(self) -> None:
        if self.open_service is None:
            self.say(texts.NOTHING_OPEN)
            self.menu()
            return
        if self.state.begun_by:  # nothing was answered: it was not what they wanted
            self.learn(Why.CORRECTED, text=self.state.begun_by, guess=self.state.service)
        self.acts.append(Discard(self.state.service))
        self.saved.pop(self.state.service, None)
        self.say(texts.DROPPED)
        self.close_form()
        if self.state.suspended:
            self.take_up_suspended()
        else:
            self.menu()

    def ask_restart(self) -> None:
        if self.open_service is None:
            self.menu()
            return
        self.state.mode = Mode.CONFIRM_RESTART
        self.say(texts.ASK_RESTART)
        self.offer(self.button(texts.RESTART, "x|clear"), self.button(texts.CONTINUE, "x|go"))

    def clear(self) -> None:
        if self.open_service is not None and self.answers:
            self.save(dict.fromkeys(self.answers))
            self.state.skipped = []
        self.go_on()

    def ask_resume(self) -> None:
        service = self.open_service
        if service is None:
            self.menu()
            return
        done, total = self.progress()
        self.state.mode = Mode.CONFIRM_RESUME
        self.say(texts.RESUME, service=self.tell(service.name), done=done, total=total)
        self.offer(self.button(texts.CONTINUE, "x|go"), self.button(texts.RESTART, "x|restart"))

    def danger(self, text: str) -> None:
        """Safety first, whatever form is open; then the form for faults, with the danger already answered."""
        self.say(texts.DANGER)
        fault = next((s for s in self.world.services if s.category is Category.FAULT), None)
        self.acts.append(CallStaff(fault.code if fault else ""))
        if fault is None:
            self.hand_over(is_urgent=True)
            return
        self.say(texts.DANGER_FORM, waiting=self.world.waiting)
        if self.state.service != fault.code:
            self.open_form(fault.code, text)
        self.note_wish(fault.code)
        self.state.is_danger_told = True
        danger = next((q for q in fault.questions if q.name == DANGER_QUESTION), None)
        if danger is not None and danger.type is QuestionType.YES_NO:
            self.save({danger.name: True})
        self.offer(self.button(texts.PERSON, "x|person"))
        self.go_on()

    def greet(self) -> None:
        if self.open_service is not None:
            if self.was_idle_long and self.progress()[0]:
                self.ask_resume()
            else:
                self.say(texts.STILL_HERE)
                self.go_on()
            return
        if self.state.is_greeted and not self.was_idle_long:
            self.say(texts.STILL_HERE)
        else:
            self.say(texts.GREETING)
            self.state.is_greeted = True
        self.offer_services()
        self.state.mode = Mode.CHOOSE

    def take_photo(self) -> None:
        """A file: for the one paper it can be, for one to be named, or for later."""
        said = self.said
        name = said.file_name or self.tell(Text("ảnh", "the photo"))
        papers = [paper for paper in self.upload_papers() if paper.code not in self.photo_papers()]
        photo = {"document_id": said.document_id, "paper": "", "file_name": said.file_name}
        if self.open_service is None:
            self.state.photos.append(photo)
            self.say(texts.PHOTO_LOOSE, name=name)
            self.offer_services()
            return
        if len(papers) == 1:
            photo["paper"] = papers[0].code
            self.state.photos.append(photo)
            self.say(texts.PHOTO_TAKEN, name=name)
            self.say(texts.PHOTO_FOR, paper=self.tell(papers[0].name))
            self.after_photo()
            return
        self.state.photos.append(photo)
        if not papers:
            self.say(texts.PHOTO_TAKEN, name=name)
            self.after_photo()
            return
        self.say(texts.PHOTO_WHICH, name=name)
        self.offer(
            *[
                Button(self.tell(paper.name), f"p|{said.document_id}|{paper.code}")
                for paper in papers[: MOST_BUTTONS - 1]
            ],
            Button(self.tell(texts.OTHER_PAPER), f"p|{said.document_id}|"),
        )

    def name_photo(self, document_id: str, code: str) -> None:
        service = self.open_service
        paper = next((p for p in service.papers if p.code == code), None) if service else None
        for photo in self.state.photos:
            if photo["document_id"] == document_id:
                photo["paper"] = code if paper else ""
        if paper is not None:
            self.say(texts.PHOTO_FOR, paper=self.tell(paper.name))
        self.go_on()

    def after_photo(self) -> None:
        if not self.said.text:
            self.go_on()

    def miss(self, text: str) -> None:
        question = self.asked_question()
        if question is not None:
            found = reading.read(question, text, today=self.today, known_phone=self.world.known_phone)
            problem = found.problem or Problem("CHOOSE", texts.CHOOSE_ONE.vi)
            self.say_problem(question, problem)
            return
        self.state.misses += 1
        self.learn(Why.MISSED)
        if self.state.misses >= (PATIENCE if self.open_service is not None else MISSES):
            self.say(texts.TOO_LATE)
            self.hand_over()
            return
        if self.open_service is not None:
            self.say(texts.UNKNOWN if self.state.misses == 1 else texts.UNKNOWN_AGAIN)
            self.go_on()
            self.offer(self.button(texts.PERSON, "x|person"))
            return
        self.say(texts.NOT_OURS if self.is_strange() else texts.UNKNOWN)
        self.offer_services()
        self.state.mode = Mode.CHOOSE
