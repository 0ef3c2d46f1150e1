"""The screens before the work: which server, who, a new password. Each binds to `models/session`."""

from callmanager.desktop.views.entrance.change_password import ChangePasswordView
from callmanager.desktop.views.entrance.first_start import FirstStartView
from callmanager.desktop.views.entrance.login import LoginView, StartingView

__all__ = ["ChangePasswordView", "FirstStartView", "LoginView", "StartingView"]
