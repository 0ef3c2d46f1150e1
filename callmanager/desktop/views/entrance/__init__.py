"""The screens before signing in: which server, who, a new password. Each shows a part of `models/session`."""

from callmanager.desktop.views.entrance.change_password import ChangePasswordView
from callmanager.desktop.views.entrance.first_start import FirstStartView
from callmanager.desktop.views.entrance.login import LoginView, StartingView

__all__ = ["ChangePasswordView", "FirstStartView", "LoginView", "StartingView"]
