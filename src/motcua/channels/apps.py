from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "motcua.channels"
    label = "channels"

    def ready(self) -> None:
        from motcua.channels import media, sms, webchat, webpush
        from motcua.channels.zalo import sending, templates
        from motcua.messaging import registry

        registry.register_channel(webchat.WebChat())
        registry.register_channel(sms.Sms())
        registry.register_channel(webpush.WebPush())
        registry.register_channel(sending.Zalo())
        registry.register_channel(templates.ZaloTemplates())
        registry.on_media(media.note_new)
