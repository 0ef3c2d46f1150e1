"""Calls as the window shows them: the phone, the call at hand, its outcome, and what was called before. No Tk.

`calls.CallingModels` builds them together; `call.CallModel` is the loop: preview, dial, talk, outcome, next.
"""
