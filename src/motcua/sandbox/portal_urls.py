"""Under /sandbox/portal/, in the namespace `sandbox`."""

from django.urls import path

from motcua.sandbox import portal_views

urlpatterns = [
    path("", portal_views.home, name="portal"),
    path("ho-so/<str:number>/", portal_views.dossier, name="portal-dossier"),
    path("callbacks", portal_views.callbacks, name="portal-callbacks"),
    path("oidc/.well-known/openid-configuration", portal_views.oidc_discovery, name="portal-oidc"),
    path("oidc/jwks", portal_views.oidc_keys, name="portal-oidc-keys"),
    path("oidc/authorize", portal_views.oidc_authorize, name="portal-oidc-authorize"),
    path("oidc/token", portal_views.oidc_token, name="portal-oidc-token"),
    path("oidc/userinfo", portal_views.oidc_userinfo, name="portal-oidc-userinfo"),
]
