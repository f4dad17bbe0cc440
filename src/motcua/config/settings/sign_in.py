"""Staff sign-in: allauth with TOTP, lock-out by name and address (axes). Customers have sessions of their own
kind.
"""

from datetime import timedelta

from motcua.config.env import ENV

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "motcua.web.sign_in.DirectoryBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LOGIN_URL = "/nhan-vien/dang-nhap/"
LOGIN_REDIRECT_URL = "/nhan-vien/"
LOGOUT_REDIRECT_URL = "/nhan-vien/dang-nhap/"

ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "motcua.web.sign_in.StaffAccountAdapter"
ACCOUNT_RATE_LIMITS = {
    "login_failed": None,
    "login": "300/m/ip",
}  # axes counts the wrong ones; a whole office shares an address
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "motcua.web.sign_in.StaffMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Motcua"
MFA_TOTP_TOLERANCE = 1

# One counter behind one address must not be locked out whole: name and address together.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "motcua.web.sign_in.locked_out"
AXES_IPWARE_PROXY_COUNT = ENV.trusted_proxies or None
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
