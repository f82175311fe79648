"""Organisations, global identities, memberships and keys."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now

from rightaway.accounts.roles import Role
from rightaway.ledger.ids import new_id
from rightaway.ledger.models import Subject
from rightaway.ledger.tenancy import TenantKey


class Organisation(models.Model):
    """One customer. Its id is small because every row of it carries the id.

    `region` (two letters) is where phone numbers without a country code are read.
    """

    id = models.SmallAutoField(primary_key=True)
    name = models.TextField()
    language = models.TextField(default="en")
    zone = models.TextField(default="UTC")
    region = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person who can sign in, wherever they are a member. Global: rights come from memberships only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.TextField(default="")
    language = models.TextField(default="en")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()


class Membership(Subject):
    """A user's role in this organisation.."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.TextField(choices=[(role.value, role.value) for role in Role])
    active = models.BooleanField(default=True)

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "user", name="membership_once")]


class ApiKey(Subject):
    """A hashed key. What it may do is its scopes, within its member's role when it has one."""

    name = models.TextField()
    hash = models.BinaryField()
    scopes = models.JSONField()
    membership = TenantKey(Membership, null=True)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "hash", name="api_key_hash")]


class SetupLink(models.Model):
    """The hashed one-time link that a first run prints. Global: there is no organisation yet."""

    hash = models.BinaryField(primary_key=True)
    expires_at = models.DateTimeField()
