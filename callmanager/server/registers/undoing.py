"""Takes the file of a register back: the register is again as it was before it."""

from __future__ import annotations

from callmanager.domain.errors import Conflict
from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, require
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import REGISTER, REGISTER_LOAD
from callmanager.server.changes.undo import UNDO
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.registers.loading import WithTransaction, nothing_more, settle_load
from callmanager.server.registers.writing import clear_unseen


def undo_load(log: ChangeLog, actor: Actor, load_id: int, also: WithTransaction = nothing_more) -> Record:
    """Take the newest file of a register back, within the caller's turn. Its lines are out of force at once, then the
    marks of our contacts follow; `also` may write more in the transaction that closes it.

    Raises Forbidden, NotFound, Conflict when another file is in force.
    """
    require(actor, Permission.DO_NOT_CALL_LOAD)
    with log.write(actor, UNDO) as tx:
        load = _out_of_force(tx, tx.get(REGISTER_LOAD, load_id))
    settle_load(log, actor, load)
    clear_unseen(log, load["register_id"], load["previous_id"], origin_id=load.id)
    with log.write(actor, UNDO) as tx:
        load = tx.update(tx.get(REGISTER_LOAD, load_id), state="undone")
        also(tx, load)
    return load


def _out_of_force(tx: Transaction, load: Record) -> Record:
    register = tx.get(REGISTER, load["register_id"])
    if load["state"] == "undone":
        raise Conflict("register_undone", N_("This file was taken back already."), fields={"id": load.id})
    if register["load_id"] != load.id:
        raise Conflict(
            "register_replaced",
            N_("Another file of this register is in force. Take that one back first."),
            fields={"id": load.id, "in_force": register["load_id"]},
        )
    before = {"loaded_at": load["previous_at"], "numbers": load["previous_numbers"]}
    tx.update(register, load_id=load["previous_id"], **before)
    return tx.update(load, state="unmarking")
