from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "motcua.channels"
    label = "channels"

    def ready(self) -> None:
        from motcua.channels import sms, webchat, webpush
        from motcua.messaging import registry

        registry.register_channel(webchat.WebChat())
        registry.register_channel(sms.Sms())
        registry.register_channel(webpush.WebPush())
