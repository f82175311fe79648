"""What each code of an explanation says: the texts alone, with places for what differs."""

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

HEADLINES: Final = {
    "assigned": _("%(agent)s got it: route “%(route)s”, %(because)s."),
    "offered": _("It was offered to %(agent)s: route “%(route)s”, %(because)s."),
    "wait_nobody": _("It waits: nobody on the route “%(route)s” can take it just now."),
    "wait_unaccepted": _("It waits: nobody on the route “%(route)s” accepted it."),
    "pool_no_route": _("It is in the lead pool: no route fits."),
    "pool_nobody": _("It is in the lead pool: nobody on the route “%(route)s” could take it."),
    "pool_unaccepted": _("It is in the lead pool: nobody on the route “%(route)s” accepted it."),
    "pool_route": _("It is in the lead pool: the route “%(route)s” puts it straight there."),
}
WITH_NEXT: Final = {
    "assigned": _("%(agent)s got it: route “%(route)s”, %(because)s; next would have been %(next)s."),
    "offered": _("It was offered to %(agent)s: route “%(route)s”, %(because)s; next would have been %(next)s."),
}
BROADCAST: Final = ngettext_lazy(
    "It was offered to %(count)d agent, first to accept: route “%(route)s”, wave %(wave)d.",
    "It was offered to %(count)d agents at once, first to accept: route “%(route)s”, wave %(wave)d.",
    "count",
)
WITHOUT_ROUTE: Final = {
    "pool_nobody": _("It is in the lead pool: nobody could take it."),
    "pool_unaccepted": _("It is in the lead pool: nobody accepted it."),
}

BECAUSE: Final = {
    "rank_round_robin": _("next in the rotation"),
    "rank_weighted": _("next by the shares"),
    "rank_load_balanced": _("the lightest load"),
    "rank_first_to_accept": _("the lightest load"),
    "rank_longest_idle": _("the longest without anything new"),
    "rank_agent": _("assign to agent"),
}
RANKS: Final = {
    "rank_round_robin": _("%(level)s turns so far, place %(place)s in the route"),
    "rank_weighted": _("%(level)s turns so far, share %(weight)s"),
    "rank_load_balanced": _("load %(load)s of %(capacity)s; last given something: %(last_given)s"),
    "rank_first_to_accept": _("load %(load)s of %(capacity)s; last given something: %(last_given)s"),
    "rank_longest_idle": _("last given something: %(last_given)s"),
    "rank_agent": _("place %(place)s in the route"),
}

ROUTES: Final = {
    "route_taken": _("fits, and decided"),
    "route_paused": _("it is paused"),
    "route_kind": _("for another kind of item"),
    "route_source": _("for other sources"),
    "route_schedule": _("outside its schedule"),
    "route_passed": _("tried before, nobody accepted"),
    "route_condition": _("condition %(number)d does not hold"),
    "route_agent_away": _("fits, but its agent is away or does not want it"),
    "route_nobody": _("fits, but nobody could take it"),
    "route_unaccepted": _("fits, but nobody accepted it"),
}

AGENTS: Final = {
    "chosen": _("chosen"),
    "runner_up": _("next in line"),
    "eligible": _("could have had it too"),
    "inactive": _("not active any more"),
    "excluded": _("left out of this item"),
    "absent": _("not available: on break or offline"),
    "out_of_hours": _("outside working hours"),
    "on_absence": _("away: a planned absence"),
    "agent_paused": _("gets nothing new: paused"),
    "route_paused_for_agent": _("this route is paused for them"),
    "no_weight": _("has no share in this route"),
    "limit_hour": _("hourly limit reached: %(most)s"),
    "limit_day": _("daily limit reached: %(most)s"),
    "limit_week": _("weekly limit reached: %(most)s"),
    "limit_month": _("monthly limit reached: %(most)s"),
    "unanswered_cap": _("limit of unanswered items reached: %(most)s"),
    "skill": _("skill “%(skill)s” too low: has %(has)s, needs %(needed)s"),
    "language": _("does not speak the language: %(language)s"),
    "campaign": _("not a member of the campaign"),
    "asked": _("was asked already and did not take it"),
    "holding": _("has an open offer of it"),
    "full": _("at capacity"),
}
UNSKILLED: Final = _("does not have the skill “%(skill)s” (needs %(needed)s)")

# Why somebody is out of the question for an item: what they, or a manager, did about it.
CAUSES_OF_EXCLUSION: Final = {
    "busy_now": _("declined it: busy now"),
    "not_for_me": _("declined it: not for me"),
    "bad_lead": _("declined it: bad lead"),
    "handed_back": _("handed it back"),
    "revoked": _("had it taken back"),
    "expired": _("let the offer expire"),
    "rescinded": _("had the offer taken back"),
}

# After a reason refused somebody: what those who are left have passed.
FILTERS: Final = {
    "audience": _("on the route"),
    "inactive": _("active"),
    "excluded": _("not left out"),
    "absent": _("who are available"),
    "out_of_hours": _("within working hours"),
    "on_absence": _("not away"),
    "agent_paused": _("not paused"),
    "route_paused_for_agent": _("not paused on the route"),
    "no_weight": _("with a share"),
    "limit_hour": _("below the hourly limit"),
    "limit_day": _("below the daily limit"),
    "limit_week": _("below the weekly limit"),
    "limit_month": _("below the monthly limit"),
    "unanswered_cap": _("below the limit of unanswered items"),
    "skill": _("with the skills"),
    "language": _("who speak the language"),
    "campaign": _("in the campaign"),
    "asked": _("not asked yet"),
    "holding": _("without an open offer of it"),
    "full": _("with room"),
}

CHANGES: Final = {
    "change_runner_up": _("Otherwise it would have gone to %(agent)s."),
    "change_only_one": _("Nobody else could have had it."),
    "change_no_route": _("A route whose conditions it meets would change that."),
    "change_steward": _("Its priority is top: it should not stay there."),
}
CHANGES_BY_REASON: Final = {
    "inactive": ngettext_lazy(
        "%(count)d agent is not active: making them active would help.",
        "%(count)d agents are not active: making one active would help.", "count",
    ),
    "excluded": ngettext_lazy(
        "%(count)d agent is left out of this item: a new enquiry would lift that.",
        "%(count)d agents are left out of this item: a new enquiry would lift that.", "count",
    ),
    "absent": ngettext_lazy(
        "%(count)d agent is not available: coming back would help.",
        "%(count)d agents are not available: one coming back would help.", "count",
    ),
    "out_of_hours": ngettext_lazy(
        "%(count)d agent is outside working hours: it may go on when they begin.",
        "%(count)d agents are outside working hours: it may go on when they begin.", "count",
    ),
    "on_absence": ngettext_lazy(
        "%(count)d agent is away: it may go on when they return.",
        "%(count)d agents are away: it may go on when one returns.", "count",
    ),
    "agent_paused": ngettext_lazy(
        "%(count)d agent is paused: resuming them would help.",
        "%(count)d agents are paused: resuming one would help.", "count",
    ),
    "route_paused_for_agent": ngettext_lazy(
        "The route is paused for %(count)d agent: resuming it would help.",
        "The route is paused for %(count)d agents: resuming it would help.", "count",
    ),
    "no_weight": ngettext_lazy(
        "%(count)d agent has no share in the route: giving them one would help.",
        "%(count)d agents have no share in the route: giving them one would help.", "count",
    ),
    "limit_hour": ngettext_lazy(
        "%(count)d agent has reached the hourly limit: the next hour, or a higher limit, would help.",
        "%(count)d agents have reached the hourly limit: the next hour, or a higher limit, would help.", "count",
    ),
    "limit_day": ngettext_lazy(
        "%(count)d agent has reached the daily limit: the next day, or a higher limit, would help.",
        "%(count)d agents have reached the daily limit: the next day, or a higher limit, would help.", "count",
    ),
    "limit_week": ngettext_lazy(
        "%(count)d agent has reached the weekly limit: the next week, or a higher limit, would help.",
        "%(count)d agents have reached the weekly limit: the next week, or a higher limit, would help.", "count",
    ),
    "limit_month": ngettext_lazy(
        "%(count)d agent has reached the monthly limit: the next month, or a higher limit, would help.",
        "%(count)d agents have reached the monthly limit: the next month, or a higher limit, would help.", "count",
    ),
    "unanswered_cap": ngettext_lazy(
        "%(count)d agent has too many unanswered items: answering one would help.",
        "%(count)d agents have too many unanswered items: answering one would help.", "count",
    ),
    "skill": ngettext_lazy(
        "%(count)d agent lacks a required skill: asking for less would help.",
        "%(count)d agents lack a required skill: asking for less would help.", "count",
    ),
    "language": ngettext_lazy(
        "%(count)d agent does not speak the language: somebody who does would help.",
        "%(count)d agents do not speak the language: somebody who does would help.", "count",
    ),
    "campaign": ngettext_lazy(
        "%(count)d agent is not in the campaign: adding them would help.",
        "%(count)d agents are not in the campaign: adding one would help.", "count",
    ),
    "asked": ngettext_lazy(
        "%(count)d agent was asked already: a new round would help.",
        "%(count)d agents were asked already: a new round would help.", "count",
    ),
    "holding": ngettext_lazy(
        "%(count)d agent has an open offer of it: it goes on when that ends.",
        "%(count)d agents have open offers of it: it goes on when these end.", "count",
    ),
    "full": ngettext_lazy(
        "%(count)d agent is at capacity: a place that comes free would help.",
        "%(count)d agents are at capacity: a place that comes free would help.", "count",
    ),
}  # fmt: skip

# What is done to an item, by kind of event; some have a form for each way in which it can be done.
EVENTS: Final = {
    "received": _("It came in."),
    "attached": _("The same person asked again; nobody is left out any more."),
    "assigned": _("%(by)s assigned it by hand to %(agent)s."),
    "assigned_from": _("%(by)s moved it by hand from %(before)s to %(agent)s."),
    "offered": _("%(by)s offered it by hand to %(agents)s."),
    "accepted": _("%(agent)s accepted it."),
    "declined": _("%(agents)s declined it: %(why)s."),
    "rescinded": _("%(by)s took back the offer to %(agents)s."),
    "withdrawn": _("The offer to %(agents)s was withdrawn, because they left."),
    "claimed": _("%(agent)s claimed it."),
    "claimed_next": _("%(agent)s got it with “Get next item”."),
    "handed_back": _("%(agent)s handed it back."),
    "handed_over": _("%(before)s left or is ill; the routes decide again."),
    "handed_over_to_agent": _("%(before)s left or is ill; it went to %(agent)s."),
    "handed_over_to_others": _("Somebody who owned it too, or had a task about it, left or is ill."),
    "handed_over_to_return": _("%(agent)s is back and has it again."),
    "revoked": _("%(by)s took it from %(before)s; the routes decide again."),
    "revoked_to_pool": _("%(by)s took it from %(before)s and put it in the lead pool."),
    "revoked_to_agent": _("%(by)s took it from %(before)s and gave it to %(agent)s."),
    "put_back": _("%(by)s put it back with %(agent)s."),
    "undone": _("%(by)s undid what was done to it."),
    "sent_to_routes": _("%(by)s sent it through the routes again."),
    "finished": _("%(by)s closed it: %(outcome)s."),
    "merged": _("%(by)s merged another contact into this one, which had asked for the same."),
    "parted": _("%(by)s undid a merge: it is two contacts again."),
    "kept_private": _("%(by)s keeps it in a private book."),
    "shared": _("%(by)s shared it with the team."),
    "role_assigned": _("%(by)s gave the role %(role)s to %(agent)s."),
    "role_assigned_from": _("%(by)s gave the role %(role)s to %(agent)s in place of %(before)s."),
    "role_assigned_to_nobody": _("%(by)s took the role %(role)s from %(before)s."),
    "role_assigned_to_nobody_left": _("%(before)s no longer works here; the role %(role)s is free."),
}
# The same of offers of one of its functional roles.
EVENTS_OF_ROLE: Final = {
    "offered": _("%(by)s offered the role %(role)s to %(agents)s."),
    "accepted": _("%(agent)s accepted the role %(role)s."),
    "declined": _("%(agents)s declined the role %(role)s: %(why)s."),
    "expired": _("Nobody answered in time: the role %(role)s, offered to %(agents)s."),
    "rescinded": _("%(by)s took back the offer of the role %(role)s to %(agents)s."),
    "withdrawn": _("The offer of the role %(role)s to %(agents)s was withdrawn, because they left."),
}
EXPIRED: Final = ngettext_lazy(
    "%(agents)s did not answer the offer in time.", "%(agents)s did not answer their offers in time.", "count"
)
OTHERS_TOLD: Final = ngettext_lazy(
    "%(count)d other open offer of it ended.", "%(count)d other open offers of it ended.", "count"
)
OVER: Final = _("That is beyond their capacity, as confirmed.")
DECLINES: Final = {"busy_now": _("busy now"), "not_for_me": _("not for me"), "bad_lead": _("bad lead")}
OUTCOMES: Final = {
    "won": _("won"),
    "lost": _("lost"),
    "resolved": _("resolved"),
    "unreachable": _("unreachable"),
    "duplicate": _("duplicate"),
    "spam": _("spam"),
    "other": _("other"),
}

STATES: Final = {
    "waiting": _("Waiting"),
    "offered": _("Offered"),
    "assigned": _("Assigned"),
    "pooled": _("In the lead pool"),
    "closed": _("Closed"),
}
# Why an item is where it is (`Item.cause`).
CAUSES: Final = {
    "new": _("it is new"),
    "offered": _("a route offered it"),
    "offered_by_hand": _("somebody offered it by hand"),
    "owned": _("somebody has it"),
    "declined": _("the offer was declined"),
    "expired": _("the offer expired"),
    "rescinded": _("the offer was taken back"),
    "withdrawn": _("the offer was withdrawn"),
    "returned": _("the offer came back to its sender"),
    "handed_back": _("it was handed back"),
    "handed_over": _("whoever had it left or is ill"),
    "revoked": _("it was taken back"),
    "sent_to_routes": _("it was sent through the routes again"),
    "asked_again": _("the person asked again"),
    "no_route": _("no route fits"),
    "nobody": _("nobody can take it"),
    "unaccepted": _("nobody accepted it"),
    "pool_route": _("its route puts it there"),
    "left_unassigned": _("it was left for somebody to choose"),
    "typed_in": _("it was typed in without an owner"),
    "parted": _("two merged contacts were separated again"),
    "finished": _("it is finished"),
}

FIELDS: Final = {
    "kind": _("kind"),
    "status": _("status"),
    "source": _("source"),
    "line": _("line of business"),
    "language": _("language"),
    "band": _("priority"),
    "enquiries": _("number of enquiries"),
    "answered": _("answered"),
}
OPERATORS: Final = {
    "is": _("%(field)s is %(value)s"),
    "is_not": _("%(field)s is not %(value)s"),
    "in": _("%(field)s is one of %(value)s"),
    "not_in": _("%(field)s is none of %(value)s"),
    "contains": _("%(field)s contains %(value)s"),
    "starts_with": _("%(field)s starts with %(value)s"),
    "gt": _("%(field)s is above %(value)s"),
    "gte": _("%(field)s is at least %(value)s"),
    "lt": _("%(field)s is below %(value)s"),
    "lte": _("%(field)s is at most %(value)s"),
    "between": _("%(field)s is from %(low)s to %(high)s"),
    "is_empty": _("%(field)s is empty"),
    "is_set": _("%(field)s is given"),
}
BAND_NAMES: Final = {"low": _("low"), "normal": _("normal"), "high": _("high"), "top": _("top")}
