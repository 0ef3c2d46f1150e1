"""From the first start to being signed in, and back: which server, who, with which password."""

from callmanager.desktop.models.session.asking import SendingQuestion
from callmanager.desktop.models.session.choosing import ServerChoice
from callmanager.desktop.models.session.password import PasswordForm
from callmanager.desktop.models.session.session import Session
from callmanager.desktop.models.session.stages import PcSurroundings, SessionStage

__all__ = ["PasswordForm", "PcSurroundings", "SendingQuestion", "ServerChoice", "Session", "SessionStage"]
