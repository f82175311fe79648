"""What our codes are called in front of people."""

from django.utils.translation import gettext_lazy as _

from rightaway.accounts.roles import Role

ROLE_NAMES = {
    Role.COMPANY_MANAGER: _("Company manager"),
    Role.ORGANISATION_MANAGER: _("Organisation manager"),
    Role.AGENT_MANAGER: _("Team manager"),
    Role.AGENT: _("Agent"),
}
